-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- Qs for Lua, by lgi: local Qs = require 'qsource'
--
-- Values are Lua's own: nil (or Qs.null inside of a table), booleans, numbers,
-- strings, tables; Qs.array{} is an empty array, and {} an empty dictionary. What
-- fails raises an error. A source is a class: local Range = Qs.Source:derive('Range'),
-- function Range:do_run() ... end; an error in it is the source's failure.

local lgi = require 'lgi'
local class = require 'lgi.class'
local core = require 'lgi.core'
local Qs = lgi.require('Qs', '1')
local GLib, GObject = lgi.GLib, lgi.GObject

local M = {}

-- Values --------------------------------------------------------------------

M.null = setmetatable({}, {__tostring = function() return 'null' end})
local array_mt = {}

-- Marks a table as an array, which only an empty one needs.
function M.array(items)
   return setmetatable(items or {}, array_mt)
end

local Variant = GLib.Variant
local MAX_INTEGER = 2 ^ 53

local function is_array(value)
   return getmetatable(value) == array_mt or #value > 0
end

local to_variant

local function table_to_variant(value)
   local builder
   if is_array(value) then
      builder = GLib.VariantBuilder.new(GLib.VariantType.new('av'))
      for _, item in ipairs(value) do
         builder:add_value(Variant.new_variant(to_variant(item)))
      end
   else
      builder = GLib.VariantBuilder.new(GLib.VariantType.new('a{sv}'))
      for key, item in pairs(value) do
         if type(key) ~= 'string' then
            error(("the key '%s' of a table is no string"):format(tostring(key)), 0)
         end
         builder:add_value(Variant.new_dict_entry(
            Variant.new_string(key), Variant.new_variant(to_variant(item))))
      end
   end
   return builder:_end()
end

function to_variant(value)
   local kind = type(value)
   if value == nil or value == M.null then
      return Variant.new_maybe(GLib.VariantType.new('v'), nil)
   elseif kind == 'boolean' then
      return Variant.new_boolean(value)
   elseif kind == 'number' then
      if value % 1 == 0 and value >= -MAX_INTEGER and value <= MAX_INTEGER then
         return Variant.new_int64(value)
      end
      return Variant.new_double(value)
   elseif kind == 'string' then
      if value:find('\0', 1, true) or not GLib.utf8_validate(value, -1) then
         return Variant.new_from_bytes(GLib.VariantType.new('ay'), GLib.Bytes.new(value), true)
      end
      return Variant.new_string(value)
   elseif kind == 'table' then
      return table_to_variant(value)
   elseif Variant:is_type_of(value) then
      return value
   end
   error(('cannot make a value out of a %s'):format(kind), 0)
end

local function bytes_to_string(bytes)
   if bytes == nil then
      return nil
   end
   return bytes:get_size() > 0 and bytes:get_data() or ''
end

local function string_to_bytes(data)
   return data ~= nil and GLib.Bytes.new(data) or nil
end

local from_variant

local function array_from_variant(variant, kind)
   if kind == 'ay' then
      return bytes_to_string(variant:get_data_as_bytes())
   end
   local result = kind:sub(2, 2) == '{' and {} or M.array()
   for i = 0, variant:n_children() - 1 do
      local child = variant:get_child_value(i)
      local first = from_variant(kind:sub(2, 2) == '{' and child:get_child_value(0) or child)
      if kind:sub(2, 2) == '{' then
         result[first] = from_variant(child:get_child_value(1), true)
      else
         result[i + 1] = first == nil and M.null or first
      end
   end
   return result
end

-- @inside: nothing becomes Qs.null, as a table holds no nil.
function from_variant(variant, inside)
   if variant == nil then
      return nil
   end
   local kind = variant:get_type_string()
   local first = kind:sub(1, 1)
   if first == 'v' then
      return from_variant(variant:get_variant(), inside)
   elseif first == 'm' then
      if variant:n_children() == 0 then
         return inside and M.null or nil
      end
      return from_variant(variant:get_child_value(0), inside)
   elseif first == 'a' then
      return array_from_variant(variant, kind)
   end
   return variant.value
end

M.to_variant, M.from_variant = to_variant, from_variant

local function to_headers(headers)
   if headers == nil or type(headers) ~= 'table' then
      return headers
   end
   local made = Qs.Headers.new()
   for _, pair in ipairs(headers) do
      made:append(pair[1], string_to_bytes(pair[2]))
   end
   for name, value in pairs(headers) do
      if type(name) == 'string' then
         made:append(name, string_to_bytes(value))
      end
   end
   return made
end

-- Errors --------------------------------------------------------------------

-- lgi returns what an error is besides a false result: raises it instead.
local function check(result, err, ...)
   if err == nil then
      return result, ...
   elseif result == nil or result == false then
      error(err, 0)
   end
   return result, err, ...
end

local function text_of(err)
   return GLib.Error:is_type_of(err) and err.message or tostring(err)
end

-- Tells C of an error, as lgi has no way to; what is none of GLib's gets @domain.
local function tell(err, domain)
   if GLib.Error:is_type_of(err) then
      local fields = GLib.Error._field
      Qs.callback_fail(core.record.field(err, fields.domain), core.record.field(err, fields.code),
                       err.message)
   else
      Qs.callback_fail(domain, 0, tostring(err))
   end
end

-- What a serializer or a callback has raised last, and its traceback: when it comes
-- back out of a method that C failed with it, that is told, too.
local last = {}

local function with_traceback(err)
   local text = text_of(err)
   local traceback = debug.traceback(text, 2)
   if last.text and text:find(last.text, 1, true) then
      traceback = last.traceback .. '\n' .. traceback
   end
   last = {err = err, text = text, traceback = traceback}
   return err
end

-- Calls @func, and tells C if it fails: false and the traceback then.
local function call(domain, func)
   local ok, result, err = xpcall(func, with_traceback)
   if ok and result == false and err ~= nil then      -- of a parent's function
      ok, result = false, with_traceback(err)
   end
   if not ok then
      tell(result, domain)
      return false, last.traceback
   end
   return true, result
end

local function guard_source(func)
   return function(self, ...)
      local arguments, n = {...}, select('#', ...)
      local ok, result = call(Qs.source_error_quark(), function()
         return func(self, unpack(arguments, 1, n))
      end)
      if not ok then
         self:set_error_detail(result)
         return false
      end
      return result == nil or result
   end
end

-- Of a function that returns a value; nil if it fails.
local function guard_value(domain, func)
   return function(...)
      local arguments, n = {...}, select('#', ...)
      local ok, result = call(domain, function()
         return func(unpack(arguments, 1, n))
      end)
      return ok and result or nil
   end
end

local SOURCE_VFUNCS = {configure = true, setup = true, start = true, run = true, cleanup = true, flush = true}
local NAMES = {stop = true, default_topic = true}

-- lgi installs a function of a derived class when it is assigned.
local newindex = class.derived_mt.__newindex

local function derives_from(derived, base)
   while derived do
      if derived == base then
         return true
      end
      derived = rawget(derived, '_parent')
   end
   return false
end

class.derived_mt.__newindex = function(self, name, target)
   local vfunc = type(name) == 'string' and name:match('^do_(.+)$')
   if type(target) == 'function' and derives_from(self, Qs.BaseSource) then
      if SOURCE_VFUNCS[vfunc] then
         target = guard_source(target)
      elseif SOURCE_VFUNCS[name] or NAMES[name] then
         error(('%s defines %s(), which nobody would call: its name must be do_%s()')
            :format(self._name, name, name), 2)
      end
   elseif vfunc == 'serialize' then
      local serialize = target
      target = guard_value(Qs.serialization_error_quark(), function(self, value)
         local data = serialize(self, from_variant(value))
         if data == nil then
            error('do_serialize() returned nothing; it must return a string', 0)
         end
         return string_to_bytes(data)
      end)
   elseif vfunc == 'deserialize' then
      local deserialize = target
      target = guard_value(Qs.serialization_error_quark(), function(self, bytes)
         return to_variant(deserialize(self, bytes_to_string(bytes)))
      end)
   end
   return newindex(self, name, target)
end

-- Classes -------------------------------------------------------------------

-- Every method raises what lgi would return besides a false result.
for _, name in ipairs {'Application', 'BaseSource', 'Dataframe', 'EmbeddedBroker', 'Message', 'Producer',
                       'Record', 'Serializer', 'Source', 'State', 'StatefulSource', 'Topic'} do
   local cls, methods = Qs[name], core.gi.Qs[name].methods
   for i = 1, #methods do
      local method = cls[methods[i].name]
      cls[methods[i].name] = function(...)
         return check(method(...))
      end
   end
end

-- Properties: enumerations by their nicks, serializers by their names, a{ss} as tables.

local function to_enumerator(info, value)
   local enum, name = Qs[info.typeinfo.interface.name], value:upper():gsub('-', '_')
   if not enum[name] then
      local nicks, values = {}, info.typeinfo.interface.values
      for i = 1, #values do
         nicks[i] = ("'%s'"):format(values[i].name:gsub('_', '-'))
      end
      error(("%s cannot be '%s'; it is one of %s"):format(info.name, value, table.concat(nicks, ', ')), 0)
   end
   return name
end

local function to_strings(values)
   local builder = GLib.VariantBuilder.new(GLib.VariantType.new('a{ss}'))
   for key, value in pairs(values) do
      builder:add_value(Variant.new_dict_entry(
         Variant.new_string(key), Variant.new_string(tostring(value))))
   end
   return builder:_end()
end

local function to_property(info, value)
   local kind = info.typeinfo.interface
   if kind and kind.type == 'enum' and type(value) == 'string' then
      return to_enumerator(info, value)
   elseif kind and kind.name == 'Serializer' and type(value) == 'string' then
      return Qs.Serializer.for_name(value)
   elseif kind and kind.name == 'Variant' and type(value) == 'table' then
      return to_strings(value)
   end
   return value
end

for _, cls in ipairs {Qs.Application, Qs.BaseSource, Qs.Topic} do
   local new, access = cls._new, cls._access_property

   function cls:_new(properties)
      local made = {}
      for name, value in pairs(properties or {}) do
         local info = self[name]
         made[name] = core.gi.isinfo(info) and info.is_property and to_property(info, value) or value
      end
      return new(self, made)
   end

   function cls:_access_property(object, info, ...)
      if select('#', ...) > 0 and core.gi.isinfo(info) then
         return access(self, object, info, to_property(info, (...)))
      end
      local value = access(self, object, info, ...)
      return Variant:is_type_of(value) and from_variant(value) or value
   end
end

local function takes_null(topic, what)
   local serializer = topic and topic[what .. '_serializer']
   return serializer and serializer:get_content_type() == 'application/json'
end

local function variants_of(topic, record)
   local key, value
   if record.key ~= nil or takes_null(topic, 'key') then
      key = to_variant(record.key)
   end
   if record.value ~= nil or takes_null(topic, 'value') then
      value = to_variant(record.value)
   end
   return key, value
end

-- The message of a record that can't be serialized, for produce() to deal with.
local function reject(record, reason)
   local function tell_part(item)
      return item ~= nil and string_to_bytes(tostring(item)) or nil
   end
   return Qs.Message.new_rejected(tell_part(record.key), tell_part(record.value),
                                  to_headers(record.headers), record.timestamp or 0,
                                  'Cannot serialize a record: ' .. reason)
end

local function serialize_with(method)
   return function(self, record)
      local is_topic = Qs.Topic:is_type_of(self)
      local ok, key, value = pcall(variants_of, is_topic and self or self.topic, record)
      if not ok and (is_topic or self.errors == 'FAIL') then
         error(key, 0)
      elseif not ok then
         return reject(record, text_of(key))
      end
      return method(self, key, value, to_headers(record.headers), record.timestamp or 0)
   end
end

local Source, State, Topic = Qs.Source, Qs.State, Qs.Topic
local produce, flush, wait = Source.produce, Source.flush, Qs.BaseSource.wait
Source.serialize = serialize_with(Source.serialize)
Topic.serialize = serialize_with(Topic.serialize)

-- A message, or {key =, value =, headers = {{name, value}, ...}, timestamp =, partition =}.
function Source:produce(record)
   if not Qs.Message:is_type_of(record) then
      record = Qs.Message.new(string_to_bytes(record.key), string_to_bytes(record.value),
                              to_headers(record.headers), record.timestamp or 0,
                              record.partition or -1)
   end
   return produce(self, record)
end

local produce_bytes, produce_value = Source.produce_bytes, Source.produce_value

-- Strings; nil is null.
function Source:produce_bytes(key, value, timestamp)
   return produce_bytes(self, string_to_bytes(key), string_to_bytes(value), timestamp or 0)
end

Source.produce_data = Source.produce_bytes

-- Values; nil is null in the record.
function Source:produce_value(key, value)
   return produce_value(self, key ~= nil and to_variant(key) or nil,
                        value ~= nil and to_variant(value) or nil)
end

function Source:flush(timeout)
   return flush(self, timeout or -1)
end

local make = Qs.Source.make

-- A source by the name of its type, such as file.
function M.source_make(kind, name, properties)
   return check(make(kind, name, to_variant(properties or {})))
end

Source.make = M.source_make

function Qs.BaseSource:wait(seconds)
   return wait(self, seconds or -1)
end

local get, set, set_with_ttl = State.get, State.set, State.set_with_ttl
local get_bytes, set_bytes, keys = State.get_bytes, State.set_bytes, State.keys

function State:get(key, fallback)
   local value = from_variant(get(self, key))
   if value == nil then
      return fallback
   end
   return value
end

function State:set(key, value, ttl)
   if ttl then
      return set_with_ttl(self, key, to_variant(value), ttl)
   end
   return set(self, key, to_variant(value))
end

function State:get_bytes(key)
   return bytes_to_string(get_bytes(self, key))
end

function State:set_bytes(key, value)
   return set_bytes(self, key, string_to_bytes(value))
end

function State:keys(prefix)
   return keys(self, prefix)
end

-- What the source remembers; valid until the next flush().
Qs.StatefulSource._attribute = {
   state = {
      get = function(self)
         return self:get_state()
      end,
   },
}

local Application = Qs.Application
local add_source, run = Application.add_source, Application.run

function Application:add_source(source, topic)
   if type(topic) == 'string' then
      topic = Topic.new(topic)
   end
   return add_source(self, source, topic)
end

function Application:run(cancellable)
   if self.isolation == 'THREAD' then
      error("Lua cannot run sources in threads: leave isolation at 'auto', or set it to 'process'", 2)
   end
   return run(self, cancellable)
end

local dataframe = Application.dataframe

-- {topic =, source =}
function Application:dataframe(of)
   local topic = type(of.topic) == 'string' and Topic.new(of.topic) or of.topic
   return dataframe(self, topic, of.source)
end

-- A function of a plain value, and the record, as a callback of C.
local function guard_step(func, to)
   return guard_value(Qs.application_error_quark(), function(value, record)
      return to(func(from_variant(value), record))
   end)
end

local function to_verdict(result)
   if result == nil then
      error('the function of filter() returned nothing; it must return true or false', 0)
   end
   return result and 'KEEP' or 'DROP'
end

local Dataframe = Qs.Dataframe
local apply, filter, sink = Dataframe.apply, Dataframe.filter, Dataframe.sink
local expand, replace = Dataframe.expand, Dataframe.replace
local to_topic, print_frame = Dataframe.to_topic, Dataframe.print

function Dataframe:apply(func)
   return apply(self, guard_step(func, to_variant))
end

function Dataframe:filter(func)
   return filter(self, guard_step(func, to_verdict))
end

function Dataframe:expand(func)
   return expand(self, func and guard_step(func, to_variant) or nil)
end

function Dataframe:replace(func)
   return replace(self, guard_step(func, to_variant))
end

-- Lets @func change a table in its place.
function Dataframe:update(func)
   return self:replace(function(value, record)
      func(value, record)
      return value
   end)
end

function Dataframe:sink(func)
   return sink(self, guard_step(func, function() return true end))
end

function Dataframe:to_topic(topic)
   return to_topic(self, type(topic) == 'string' and Topic.new(topic) or topic)
end

function Dataframe:print(metadata)
   return print_frame(self, metadata or false)
end

local dup_messages = Qs.EmbeddedBroker.dup_messages

function Qs.EmbeddedBroker:dup_messages(topic, n_max)
   return dup_messages(self, type(topic) == 'string' and topic or topic.name, n_max or 0)
end

-- The bytes of a message as strings, and its headers as pairs.
function M.unpack_message(message)
   local headers = {}
   local own = message.headers
   for i = 0, own and own:get_length() - 1 or -1 do
      headers[#headers + 1] = {own:get_name(i), bytes_to_string(own:get_value(i))}
   end
   return bytes_to_string(message.key), bytes_to_string(message.value), headers
end

-- Everything else is lgi's.
return setmetatable(M, {__index = Qs})
