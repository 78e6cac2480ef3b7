-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- Functions of Lua as serializers. qsource.lua has what makes a class of Lua one.

local lgi = require 'lgi'
local json = require 'qsource.json'
local Qs = lgi.require('Qs', '1')
local GObject = lgi.GObject

local M = {}

local FunctionSerializer = GObject.Object:derive('QsFunctionSerializer', {Qs.Serializer})

function FunctionSerializer:do_serialize(value)
   local func = self.priv.serialize or error('this serializer has no serialize()', 0)
   return func(value)
end

function FunctionSerializer:do_deserialize(data)
   local func = self.priv.deserialize or error('this serializer has no deserialize()', 0)
   return func(data)
end

-- The name of a serializer, a table with functions, or a function that serializes.
function M.to_serializer(what, value)
   if type(value) == 'string' then
      return Qs.Serializer.for_name(value)
   elseif value == nil then
      return nil
   end
   local functions = type(value) == 'function' and {serialize = value} or value
   if type(functions) ~= 'table' or not (functions.serialize or functions.deserialize) then
      error(('%s is the name of a serializer, one of Qs.Serializer, or a table with serialize() and deserialize(), not %s')
         :format(what, json.describe(value)), 0)
   end
   local made = FunctionSerializer()
   made.priv.serialize, made.priv.deserialize = functions.serialize, functions.deserialize
   return made
end

return M
