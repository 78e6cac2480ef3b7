-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Sources with splits in Lua.   lua program.lua BEHAVIOUR

local lgi = require 'lgi'
local Qs = require 'qsource'
local GLib = lgi.GLib

local behaviour = arg[1]

local Splits = Qs.SplitSource:derive('Splits')

function Splits:do_list_splits()
   if behaviour == 'error-list' then
      error('broken list')
   end
   return {'a', 'b', 'c', 'd', 'a'}
end

function Splits:do_partition_for_split(split, n_partitions)
   if behaviour == 'error-partition' then
      error('broken partition')
   elseif behaviour == 'own-partition' then
      return (split:byte() - 96) % n_partitions
   end
   return Splits._parent.do_partition_for_split(self, split, n_partitions)
end

function Splits:do_run_splits()
   if behaviour == 'error-run' then
      error('broken run')
   elseif behaviour == 'events' then
      GLib.idle_add(GLib.PRIORITY_DEFAULT_IDLE, function()
         self:stop()
         return false
      end)
      return Splits._parent.do_run_splits(self)
   end
   for _ = 1, 2 do
      for _, split in ipairs(self:get_splits()) do
         local state = self:get_split_state(split)
         state:set('n', state:get('n', 0) + 1)
         self:produce {value = ('%s %d %d %d'):format(split, state:get('n'), #state:keys(), self.partition)}
      end
      self:flush()
   end
end

local source = Splits {name = 'splits', n_partitions = 2}
function source:on_split_added(split)
   if behaviour == 'events' then
      self:produce {value = ('added %s %d'):format(split, self.partition)}
   end
end
local app = Qs.Application {broker_address = 'embedded'}
local topic = app:add_source(source)
local ok, err = pcall(function()
   app:run()
   for _, message in ipairs(app.embedded_broker:dup_messages(topic.name, 0)) do
      print(message.value.data)
   end
end)
if not ok then
   print('error: ' .. tostring(err))
end
