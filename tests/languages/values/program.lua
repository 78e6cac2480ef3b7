-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What becomes of Lua's everyday types; see test_values_table.py.   luajit program.lua DIRECTORY

local lgi = require 'lgi'
local Qs = require 'qsource'
local json = require 'qsource.json'
local GLib, GObject = lgi.GLib, lgi.GObject
local ffi = require 'ffi'

local function nested(depth)
   local value = 1
   for _ = 1, depth do
      value = {value}
   end
   return value
end

local loop = {}
loop[1] = loop

local NIL = {}

-- How it is written in Lua, and the value.
local VALUES = {
   {'nil', NIL},
   {'Qs.null', Qs.null},
   {'true', true},
   {'5', 5},
   {'2 ^ 53', 2 ^ 53},
   {'2 ^ 60', 2 ^ 60},
   {'9223372036854775807LL', 9223372036854775807LL},
   {'18446744073709551615ULL', 18446744073709551615ULL},
   {'-0.0', -0.0},
   {'2.5', 2.5},
   {'1e300', 1e300},
   {'0/0', 0/0},
   {'"text ü"', 'text ü'},
   {'""', ''},
   {'"a\\0b"', 'a\0b'},
   {'"\\255", no UTF-8', '\255'},
   {'{}', {}},
   {'Qs.array {}', Qs.array {}},
   {'{1, "a"}', {1, 'a'}},
   {'{1, nil, 3}', {1, nil, 3}},
   {'{a = Qs.null}', {a = Qs.null}},
   {'{1, a = 2}', {1, a = 2}},
   {'{[1.5] = 1}', {[1.5] = 1}},
   {'{[0] = 1}', {[0] = 1}},
   {'{[true] = 1}', {[true] = 1}},
   {'{["\\255"] = 1}', {['\255'] = 1}},
   {'with a metatable', setmetatable({a = 1}, {__index = {b = 2}})},
   {'a function', print},
   {'a coroutine', coroutine.create(print)},
   {'io.stdout', io.stdout},
   {'ffi.new("int", 5)', ffi.new('int', 5)},
   {'1i', 1i},
   {'a struct of ffi', ffi.new('struct { int x; }')},
   {'GLib.Variant, of an integer', GLib.Variant('i', 5)},
   {'GLib.Bytes', GLib.Bytes.new('a')},
   {'GLib.DateTime', GLib.DateTime.new_from_unix_utc(0)},
   {'an object of GObject', GObject.Object()},
   {'nested 500 deep', nested(500)},
   {'nested 501 deep', nested(501)},
   {'contains itself', loop},
}

local function say(value)
   io.stdout:write(json.write(value), '\n')
   io.stdout:flush()
end

local function shorten(text)
   local characters = {}
   for character in text:gmatch('[%z\1-\127\194-\244][\128-\191]*') do
      characters[#characters + 1] = character
   end
   if #characters <= 40 then
      return text
   end
   return table.concat(characters, '', 1, 18) .. '…' .. table.concat(characters, '', #characters - 5)
end

local function show_bytes(data)
   return data == nil and 'null' or shorten(json.quote(data):gsub('\\x00', '\\0'))
end

local function show_all(value)
   if value == Qs.null then
      return 'Qs.null'
   elseif type(value) == 'string' then
      return '"' .. json.quote(value):gsub('\\x00', '\\0') .. '"'
   elseif type(value) == 'number' then
      return json.write(value)
   elseif type(value) ~= 'table' then
      return tostring(value)
   end
   local parts = {}
   for i, item in ipairs(value) do
      parts[i] = show_all(item)
   end
   if #parts == 0 then
      for key, item in pairs(value) do
         parts[#parts + 1] = ('%s = %s'):format(key, show_all(item))
      end
   end
   if #parts == 0 and getmetatable(value) == getmetatable(Qs.array {}) then
      return 'Qs.array {}'
   end
   return '{' .. table.concat(parts, ', ') .. '}'
end

local function attempt(func)
   local ok, result = pcall(func)
   if ok then
      return {is = result}
   end
   return {refused = GLib.Error:is_type_of(result) and result.message or json.quote(tostring(result))}
end

local Tell = Qs.StatefulSource:derive('Tell')

function Tell.tell(self, value)
   local record = {}
   local told = {
      record = attempt(function()
         local _, data = Qs.unpack_message(self:serialize {value = value})
         record.value = data
         return show_bytes(data)
      end),
      key = attempt(function()
         local data = Qs.unpack_message(self:serialize {key = value})
         record.key = data
         return show_bytes(data)
      end),
      header = attempt(function()
         local _, _, headers = Qs.unpack_message(self:serialize {value = 1, headers = {{'h', value}}})
         record.header = headers[1]
         return show_bytes(headers[1][2])
      end),
      state = attempt(function()
         self.state:set('k', value)
         return shorten(show_all(self.state:get('k')))
      end),
   }
   return told, record
end

function Tell:do_run()
   for _, pair in ipairs(VALUES) do
      local name, value = pair[1], pair[2]
      if value == NIL then
         value = nil
      end
      local told, record = Tell.tell(self, value)
      told.value = name
      say(told)
      if told.record.is then
         self:produce {key = record.key, value = record.value, headers = {{'value', name}, record.header}}
      end
   end
end

local app = Qs.Application {
   broker_address = 'embedded', state_dir = arg[1], auto_offset_reset = 'earliest', drain = true,
}
app:dataframe {source = Tell {name = 'values'}}:update(function(value, record)
   local headers = record.headers
   local function header(i)
      local bytes = headers:get_value(i)
      return bytes and (bytes:get_size() > 0 and bytes:get_data() or '')
   end
   local key = record.key
   say {
      read = header(0), value = shorten(show_all(value)), key = show_bytes(key),
      header = headers:get_length() > 1 and show_bytes(header(1)) or Qs.null,
   }
end)
app:run()
