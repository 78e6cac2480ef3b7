#!/usr/bin/luajit
-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- A source of numbers with a state, and a dataframe that prints them.
-- Run: luajit examples/lua/range-source.lua [LAST]   (on the embedded broker)

local Qs = require 'qsource'

local LAST = tonumber(arg[1] or 20)

local RangeSource = Qs.StatefulSource:derive('RangeSource')

function RangeSource:do_run()
   for i = self.state:get('current', 0) + 1, LAST do
      if not self.running then
         return
      end
      self.state:set('current', i)
      self:produce {key = 'range', value = self:serialize({value = i}).value.data}
      if i % 10 == 0 then
         self:flush()       -- commits ten numbers and the state, or neither
      end
   end
end

local app = Qs.Application {broker_address = 'embedded', auto_offset_reset = 'earliest', drain = true}
app:dataframe({source = RangeSource {name = 'range'}}):print(true)
app:run()
