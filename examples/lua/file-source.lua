#!/usr/bin/luajit
-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- A source of the lines of a file, and a dataframe that prints them.
-- Run: luajit examples/lua/file-source.lua FILE   (on the embedded broker)

local Qs = require 'qsource'

local PATH = arg[1]
local KEY = PATH:match('[^/]+$')

local FileSource = Qs.Source:derive('FileSource')

function FileSource:do_run()
   local file = assert(io.open(PATH))
   for line in file:lines() do
      if not self.running then       -- asked to stop
         break
      end
      local message = self:serialize {key = KEY, value = line}
      self:produce(message)
   end
   file:close()
end

local app = Qs.Application {broker_address = 'embedded', auto_offset_reset = 'earliest', drain = true}
app:dataframe({source = FileSource {name = 'file'}}):print(true)
app:run()
