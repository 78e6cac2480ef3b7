-- SPDX-License-Identifier: LGPL-2.1-or-later
-- As dataframe-rates.py, in Lua: dataframe-rates.lua apply|sink BROKER TOPIC COUNT
local lgi = require 'lgi'
local GLib = lgi.GLib
local Qs = require 'qsource'

local steps = {
   apply = function(frame)
      return frame:apply(function(value) return {sum = value.a + value.b} end)
   end,
   sink = function(frame) return frame:sink(function() end) end,
}

local what, broker, topic, count = arg[1], arg[2], arg[3], arg[4]
local app = Qs.Application {
   broker_address = broker, consumer_group = 'bench-' .. GLib.uuid_string_random(),
   auto_offset_reset = 'earliest', run_count = tonumber(count),
}
steps[what](app:dataframe(Qs.Topic {name = topic}))
local started = GLib.get_monotonic_time()
app:run()
io.stderr:write(tostring((GLib.get_monotonic_time() - started) / 1e6), '\n')
