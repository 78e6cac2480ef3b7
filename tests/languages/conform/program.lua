-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Sources in Lua under all rules of QsConform, in TAP.
-- QSOURCE_CONFORM_SOURCE=good|broken lua program.lua

local Qs = require 'qsource'

local LAST = 40

local Numbers = Qs.StatefulSource:derive('Numbers')

function Numbers:do_run()
   for n = self.state:get('n', 0) + 1, LAST do
      if not self.running then return end
      self:keep_position(n)
      self:produce {key = 'n', value = self:serialize({value = n}).value.data}
      self:flush()
   end
end

function Numbers:keep_position(n)
   self.state:set('n', n)
end

-- Does not keep its position, which breaks the rule `restart`.
local Forgets = Numbers:derive('Forgets')

function Forgets:keep_position()
end

local is_good = os.getenv('QSOURCE_CONFORM_SOURCE') == 'good'
local Source = is_good and Numbers or Forgets
Qs.Harness.serve(Source {name = 'numbers'})

local conform = Qs.Conform.new(function ()
   return Qs.Harness.new(Source {name = 'numbers'})
end)
conform.kills = 3
for _, rule in ipairs(conform:dup_rules()) do
   local ok, message = pcall(function() return assert(conform:check(rule)) end)
   if not ok then
      print(('not ok /numbers/%s # %s'):format(rule, tostring(message)))
   elseif conform.report:get_result(rule) == 'SKIPPED' then
      print(('ok /numbers/%s # SKIP %s'):format(rule, conform.report:get_message(rule)))
   else
      print('ok /numbers/' .. rule)
   end
end
