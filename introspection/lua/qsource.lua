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
local json = require 'qsource.json'
local Qs = lgi.require('Qs', '1')
local Gio, GLib, GObject = lgi.Gio, lgi.GLib, lgi.GObject

local M = {}

-- Values --------------------------------------------------------------------

M.null = json.null

-- Marks a table as an array, which only an empty one needs.
function M.array(items)
   return setmetatable(items or {}, json.array_mt)
end

local values = require 'qsource.values'
local to_variant, from_variant = values.to_variant, values.from_variant
local bytes_to_string, string_to_bytes, check_string = values.bytes_to_string, values.string_to_bytes, values.check_string
local to_headers, to_timestamp, to_partition = values.to_headers, values.to_timestamp, values.to_partition
local check_parts, text_of = values.check_parts, values.text_of
local Variant = GLib.Variant

M.to_variant, M.from_variant = to_variant, from_variant

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

-- Passes an error to C, which lgi cannot do; an error that is none of GLib's gets @domain.
local function tell(err, domain)
   if GLib.Error:is_type_of(err) then
      local fields = GLib.Error._field
      Qs.callback_fail(core.record.field(err, fields.domain), core.record.field(err, fields.code),
                       err.message)
   else
      Qs.callback_fail(domain, 0, json.clean(text_of(err)))
   end
end

-- What a serializer or a callback has raised last, and its traceback: when it comes
-- back out of a method that C failed with it, it is reported, too.
local last = {}

local OWN_FILE = debug.getinfo(1, 'S').short_src

-- Without the frames of this file, and what it calls only to make the call.
local function own_traceback(text)
   local lines = {text}
   for line in debug.traceback('', 3):gmatch('[^\n]+') do
      local is_own = line:find(OWN_FILE, 1, true) or line:find('qsource/json.lua', 1, true) or
         line:find("in function 'xpcall'", 1, true) or line:find("%[C%]: in function 'error'")
      if not is_own then
         lines[#lines + 1] = line
      end
   end
   return table.concat(lines, '\n')
end

local function with_traceback(err)
   local text = text_of(err)
   local traceback = own_traceback(text)
   if last.text and text:find(last.text, 1, true) then
      -- On its way through another function, or as the reason of another one.
      traceback = text == last.text and last.traceback or last.traceback .. '\n' .. traceback
   end
   last = {err = err, text = text, traceback = traceback}
   return err
end

-- Calls @func, and passes a failure to C: false and the traceback then.
local function call(domain, func)
   local ok, result, err = xpcall(func, with_traceback)
   if ok and result == false and err ~= nil then      -- of a parent's function
      ok, result = false, with_traceback(err)
   end
   if not ok then
      tell(result, domain)
      -- Without a traceback if there was no room for one, as when the stack was full.
      return false, rawequal(last.err, result) and last.traceback or text_of(result)
   end
   return true, result
end

-- A coroutine, or a function, does its work only when somebody calls it.
local function check_result(what, result)
   if type(result) == 'thread' or type(result) == 'function' then
      error(('%s returned %s, which nobody would call; it must do its work before it returns'):format(
         what, type(result) == 'thread' and 'a coroutine' or 'a function'), 0)
   end
   return result
end

local function check_function(what, func)
   local meta = getmetatable(func)
   if type(func) ~= 'function' and not (type(meta) == 'table' and meta.__call) then
      error(('%s must be a function, not %s'):format(what, json.describe(func)), 0)
   end
   return func
end

-- The source of this process whose functions are called.
local current

-- lgi only logs what a callback, such as that of a timeout, raises: it is the source's
-- failure, as it is what its run() waits for.
GLib.log_set_handler('Lgi', {'LEVEL_WARNING'}, function(_, _, message)
   local reason = message:match("^Error raised while calling '.-': (.*)$")
   if reason and current and current.running then
      current:fail(reason)
   else
      io.stderr:write('Lgi-WARNING: ', message, '\n')
   end
end)

-- What a coroutine of Gio.Async.start() raises is the source's failure.
require 'qsource.async' (function(err)
   if current and current.running then
      current:fail(err)
   else
      io.stderr:write('a coroutine failed: ', text_of(err), '\n')
   end
end)

local function guard_source(name, func)
   return function(self, ...)
      current = self
      local arguments, n = {...}, select('#', ...)
      local ok, result = call(Qs.source_error_quark(), function()
         local result, err = func(self, unpack(arguments, 1, n))
         -- Others may have called that of their parent, of whose error C knows.
         if check_result(name .. '()', result) == false and err == nil and name == 'do_run' then
            error(name .. '() returned false, which is a failure', 0)
         end
         return result, err
      end)
      if not ok then
         self:set_error_detail(json.clean(result))
         return false
      end
      return result ~= false
   end
end

-- Of a function that returns a value; @nothing (nil) if it fails.
local function guard_value(domain, func, nothing)
   return function(...)
      local arguments, n = {...}, select('#', ...)
      local ok, result = call(domain, function()
         return func(unpack(arguments, 1, n))
      end)
      return ok and result or nothing
   end
end

-- What serializers of Lua do, with values of Lua's own; of each class.
local own_serializers = setmetatable({}, {__mode = 'k'})

local function to_serialized(data)
   if type(data) ~= 'string' then
      error(('do_serialize() returned %s; it must return a string'):format(json.describe(data)), 0)
   end
   return data
end

local function guard_serializer(cls, vfunc, func)
   local own = own_serializers[cls] or {}
   own_serializers[cls] = own
   if vfunc == 'serialize' then
      function own.serialize(self, value)
         return to_serialized(func(self, value))
      end
      return guard_value(Qs.serialization_error_quark(), function(self, value)
         return string_to_bytes(own.serialize(self, from_variant(value)))
      end)
   end
   own.deserialize = func
   return guard_value(Qs.serialization_error_quark(), function(self, bytes)
      return to_variant(func(self, bytes_to_string(bytes)))
   end)
end

local SOURCE_VFUNCS = {configure = true, setup = true, start = true, run = true, cleanup = true, flush = true,
                       run_splits = true}
local NAMES = {stop = true, default_topic = true, list_splits = true, partition_for_split = true}

local function check_splits(splits)
   if type(splits) ~= 'table' then
      error(('do_list_splits() returned %s; it must return a table of strings'):format(json.describe(splits)), 0)
   end
   for _, split in ipairs(splits) do
      if type(split) ~= 'string' then
         error(('do_list_splits() returned a table with %s; all must be strings'):format(json.describe(split)), 0)
      end
   end
   return splits
end

local function check_partition(partition)
   if type(partition) ~= 'number' or partition % 1 ~= 0 then
      error(('do_partition_for_split() returned %s; it must return the number of a partition'):format(
         json.describe(partition)), 0)
   end
   return partition
end

-- What becomes of the values of functions, and what stands for none. lgi would free an array
-- that C owns.
local VALUES = {
   list_splits = {function(self, splits)
      self:answer_splits(check_splits(splits))
   end, nil},
   partition_for_split = {function(_, partition)
      return check_partition(partition)
   end, -1},
}

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

-- What a class can't call its own, as the library would take it for what it means by it.
local MEANINGS = {
   errors = "says what becomes of a record that cannot be serialized, 'fail', 'skip' or 'dead-letter'; " ..
      'count errors in another one, such as n_errors',
   running = 'says whether the source runs; stop() stops it',
   state = 'is what the source remembers; keep other things in another one',
   partition = 'is the partition of the state',
}

local WRITABLE = 2

local function check_name(cls, name)
   local is_stateful = name == 'state' or name == 'partition'
   local meaning = (not is_stateful or derives_from(cls, Qs.StatefulSource)) and MEANINGS[name]
   for _, base in ipairs {Qs.BaseSource, Qs.Source, Qs.StatefulSource} do
      local info = derives_from(cls, base) and base._property and base._property[name]
      if not meaning and info and math.floor(info.flags / WRITABLE) % 2 == 1 then
         meaning = 'is a property of every source; use another name'
      end
   end
   if meaning then
      error(('%s cannot define %s: it %s'):format(cls._name, name, meaning), 3)
   end
end

-- GObject knows no type with a name of less than three letters.
local derive = class.class_mt.derive
local function derive_named(self, name, ...)
   if type(name) == 'string' and #name < 3 and derives_from(self, Qs.BaseSource) then
      name = 'Qs_' .. name
   end
   return derive(self, name, ...)
end
class.class_mt.derive, class.derived_mt.derive = derive_named, derive_named

-- What the classes have of their own, as it is: vfuncs by their names, of each class.
local own_vfuncs = setmetatable({}, {__mode = 'k'})
local chain_up = Qs.BaseSource.chain_up

-- The function of the class @cls: lgi would call it without the GError that it sets.
local function vfunc_of(cls, name)
   return function(self, argument, ...)
      local at = cls
      while rawget(at, '_override') do
         local own = own_vfuncs[at] and own_vfuncs[at][name]
         if own then
            return own(self, argument, ...)
         end
         at = at._parent
      end
      if name == 'cleanup' then
         argument = argument and 1 or 0
      elseif name == 'flush' then
         argument = argument or -1
      else
         argument = 0
      end
      return check(chain_up(self, at._gtype, name, argument))
   end
end

for _, mt in ipairs {class.class_mt, class.derived_mt} do
   local index = mt._index_virtual
   function mt:_index_virtual(info, ...)
      if SOURCE_VFUNCS[info.name] and derives_from(self, Qs.BaseSource) then
         return vfunc_of(self, info.name)
      end
      return index(self, info, ...)
   end
end

class.derived_mt.__newindex = function(self, name, target)
   local vfunc = type(name) == 'string' and name:match('^do_(.+)$')
   if derives_from(self, Qs.BaseSource) then
      check_name(self, name)
   end
   if type(target) == 'function' and derives_from(self, Qs.BaseSource) then
      if SOURCE_VFUNCS[vfunc] then
         own_vfuncs[self] = own_vfuncs[self] or {}
         own_vfuncs[self][vfunc] = target
         target = guard_source(name, target)
      elseif VALUES[vfunc] then
         local func, take_value, nothing = target, VALUES[vfunc][1], VALUES[vfunc][2]
         target = guard_value(Qs.source_error_quark(), function(self, ...)
            return take_value(self, func(self, ...))
         end, nothing)
      elseif SOURCE_VFUNCS[name] or NAMES[name] then
         error(('%s defines %s(), which nobody would call: its name must be do_%s()')
            :format(self._name, name, name), 2)
      end
   elseif type(target) == 'function' and (vfunc == 'serialize' or vfunc == 'deserialize') then
      target = guard_serializer(self, vfunc, target)
   end
   return newindex(self, name, target)
end

-- Classes -------------------------------------------------------------------

-- Every method raises what lgi would return besides a false result.
for _, name in ipairs {'Application', 'BaseSource', 'Dataframe', 'EmbeddedBroker', 'Message', 'Producer',
                       'Record', 'Serializer', 'Source', 'SplitSource', 'State', 'StatefulSource', 'Topic'} do
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

local function to_references(list)
   local builder = GLib.VariantBuilder.new(GLib.VariantType.new('a(ssi)'))
   for _, reference in ipairs(list) do
      builder:add_value(Variant('(ssi)', reference))
   end
   return builder:_end()
end

local INTEGERS = {gint = true, gint32 = true, guint = true, guint32 = true, gint64 = true, guint64 = true}

-- Refuses what lgi would change: any text and 0 is true, and a fraction is cut off.
local function check_number(info, value)
   local tag = info.typeinfo.tag
   if tag == 'gboolean' and value ~= nil and type(value) ~= 'boolean' then
      error(('%s is true or false, not %s'):format(info.name, json.describe(value)), 0)
   elseif INTEGERS[tag] and type(value) == 'number' and value % 1 ~= 0 then
      error(('%s is an integer, not %s'):format(info.name, tostring(value)), 0)
   end
end

local function to_property(info, value)
   check_number(info, value)
   local kind = info.typeinfo.interface
   if kind and kind.type == 'enum' and type(value) == 'string' then
      return to_enumerator(info, value)
   elseif kind and kind.name == 'Serializer' and type(value) ~= 'userdata' then
      return require('qsource.serializers').to_serializer(info.name, value)
   elseif info.name == 'references' and type(value) == 'table' then
      return to_references(value)
   elseif kind and kind.name == 'Variant' and type(value) == 'table' then
      return to_strings(value)
   end
   return value
end

for _, cls in ipairs {Qs.Application, Qs.BaseSource, Qs.Topic, Qs.AvroSerializer, Qs.JsonSchemaSerializer,
                      Qs.ProtobufSerializer} do
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

local names = setmetatable({}, {__mode = 'k'})

-- The name of a serializer of the library's; false for another.
local function name_of(serializer)
   local name = names[serializer]
   if name == nil then
      name = serializer:get_name() or false
      names[serializer] = name
   end
   return name
end

local function own_of(serializer)
   return own_serializers[serializer._type]
end

-- nil is a value where there is a way to write it, as in JSON.
local function takes_null(serializer)
   local name = not own_of(serializer) and name_of(serializer)
   if name then
      return name == 'json'
   end
   return (serializer:get_content_type() or 'application/json') == 'application/json'
end

-- C's own, which the class gets another one for.
local serialize_by_topic = Qs.Topic.serialize

-- What one of C's serializers makes of a value. It may want to know for which topic it
-- works, which only the topic can provide.
local function serialize_in_c(serializer, value, topic, part)
   if topic == nil then
      return serializer:serialize(value)
   elseif part == 'key' then
      return serialize_by_topic(topic, value, nil, nil, 0):get_key()
   end
   return serialize_by_topic(topic, nil, value, nil, 0):get_value()
end

-- What the serializer makes of a value, which is the @part of a record of @topic: a string.
local function serialize_with(serializer, value, topic, part)
   local own = own_of(serializer)
   if own and own.serialize then
      return own.serialize(serializer, value)
   end
   local name = name_of(serializer)
   if name == 'json' then
      return json.write(value)
   elseif name == 'bytes' and type(value) == 'string' then
      return value
   elseif name == 'string' and type(value) == 'string' then
      if not json.is_text(value) then
         error('a string is not UTF-8; give the topic the serializer bytes', 0)
      end
      return value
   end
   return bytes_to_string(serialize_in_c(serializer, to_variant(value), not name and topic or nil, part))
end

-- What the serializer makes of a string.
local function deserialize_with(serializer, data)
   local own = own_of(serializer)
   if own and own.deserialize then
      return own.deserialize(serializer, data)
   end
   local name = name_of(serializer)
   if name == 'json' then
      return json.read(data)
   elseif name == 'bytes' or name == 'string' and json.is_text(data) then
      return data
   end
   return from_variant(serializer:deserialize(GLib.Bytes.new(data)))
end

local function serialize_part(topic, part, value)
   if topic == nil then
      error('a source has no topic to serialize for before an application runs it; call serialize() in do_run(), '
         .. 'or that of the topic', 0)
   end
   local serializer = topic['get_' .. part .. '_serializer'](topic)
   local ok, data
   if own_of(serializer) then
      ok, data = xpcall(function() return serialize_with(serializer, value) end, with_traceback)
   else
      ok, data = pcall(serialize_with, serializer, value, topic, part)
   end
   if ok then
      return data
   elseif type(data) == 'string' then
      data = GLib.Error(Qs.SerializationError, 'FAILED', '%s', ("Cannot serialize a %s for topic '%s': %s"):format(
         part, topic:get_name(), data))
   end
   error(data, 0)
end

local function serialize_record(topic, record)
   local parts = {}
   for _, part in ipairs {'key', 'value'} do
      local value = record[part]
      if value ~= nil or topic and takes_null(topic['get_' .. part .. '_serializer'](topic)) then
         parts[part] = serialize_part(topic, part, value)
      end
   end
   return Qs.Message.new(string_to_bytes(parts.key), string_to_bytes(parts.value), to_headers(record.headers),
                         to_timestamp(record.timestamp), to_partition(record.partition))
end

-- The message of a record that can't be serialized, for produce() to deal with.
local function reject(record, reason)
   local function tell_part(item)
      if item == nil then
         return nil
      end
      local ok, text = pcall(json.write, item)
      return GLib.Bytes.new(type(item) == 'string' and item or ok and text or json.describe(item))
   end
   local function attempt(func, value, otherwise)
      local ok, made = pcall(func, value)
      return ok and made or otherwise
   end
   return Qs.Message.new_rejected(tell_part(record.key), tell_part(record.value),
                                  attempt(to_headers, record.headers), attempt(to_timestamp, record.timestamp, 0),
                                  'Cannot serialize a record: ' .. json.quote(reason))
end

-- As they are, whatever a class calls its own.
local get_topic, get_errors = Qs.BaseSource.get_topic, Qs.Source.get_errors

-- Where no other record could be serialized either.
local function is_not_of_record(err)
   return GLib.Error:is_type_of(err) and (err:matches(Qs.SerializationError, 'REGISTRY')
      or err:matches(Qs.SerializationError, 'SCHEMA') or err:matches(Gio.IOErrorEnum, 'CANCELLED'))
end

-- What @make makes of the record, or the message of a rejected one.
local function or_rejected(source, record, make, ...)
   local ok, made = pcall(make, ...)
   if ok then
      return made
   elseif get_errors(source) == 'FAIL' or is_not_of_record(made) then
      error(made, 0)
   end
   return reject(record, text_of(made))
end

local Source, State, Topic = Qs.Source, Qs.State, Qs.Topic
local produce, produce_full = Source.produce, Source.produce_full
local flush, wait = Source.flush, Qs.BaseSource.wait

-- What a record is made of; also as a set.
local RECORD = {'key', 'value', 'headers', 'timestamp', 'partition'}
for _, name in ipairs(RECORD) do
   RECORD[name] = true
end

function Source:serialize(record)
   check_parts('serialize()', record, RECORD)
   return or_rejected(self, record, serialize_record, get_topic(self), record)
end

function Topic:serialize(record)
   check_parts('serialize()', record, RECORD)
   return serialize_record(self, record)
end

local function check_record(record)
   return {
      key = check_string('key', record.key), value = check_string('value', record.value),
      headers = to_headers(record.headers), timestamp = to_timestamp(record.timestamp),
      partition = to_partition(record.partition),
   }
end

-- A message, or {key =, value =, headers = {{name, value}, ...}, timestamp =, partition =}.
function Source:produce(record)
   if type(record) ~= 'userdata' then
      check_parts('produce()', record, RECORD)
      record = or_rejected(self, record, check_record, record)
   end
   if type(record) ~= 'table' then
      return produce(self, record)
   end
   return produce_full(self, record.key, record.value, record.headers, record.timestamp, record.partition)
end

-- Strings; nil is null.
function Source:produce_bytes(key, value, timestamp)
   return self:produce {key = key, value = value, timestamp = timestamp}
end

Source.produce_data = Source.produce_bytes

function Source:produce_full(key, value, headers, timestamp, partition)
   return self:produce {key = key, value = value, headers = headers, timestamp = timestamp, partition = partition}
end

local function serialize_values(topic, key, value)
   return {
      key = key ~= nil and serialize_part(topic, 'key', key) or nil,
      value = value ~= nil and serialize_part(topic, 'value', value) or nil,
   }
end

-- Values; nil is null in the record.
function Source:produce_value(key, value)
   return self:produce(or_rejected(self, {key = key, value = value}, serialize_values, get_topic(self), key, value))
end

-- nan would wait without end.
local function to_seconds(seconds)
   if seconds ~= seconds then
      error('nan is no number of seconds; -1 waits without limit', 0)
   end
   return seconds or -1
end

function Source:flush(timeout)
   return flush(self, to_seconds(timeout))
end

local make = Qs.Source.make

-- A source by the name of its type, such as file.
function M.source_make(kind, name, properties)
   return check(make(kind, name, to_variant(properties or {})))
end

Source.make = M.source_make

-- Has the source end as failed, with an error of any kind.
function Qs.BaseSource:fail(err)
   if GLib.Error:is_type_of(err) then
      local fields = GLib.Error._field
      return self:fail_message(core.record.field(err, fields.domain), core.record.field(err, fields.code), err.message)
   end
   return self:fail_message(Qs.source_error_quark(), 0, json.clean(text_of(err)))
end

function Qs.BaseSource:wait(seconds)
   return wait(self, to_seconds(seconds))
end

local function check_key(key)
   if type(key) ~= 'string' then
      error(('a key of the state is a string, not %s'):format(json.describe(key)), 0)
   elseif not json.is_text(key) then
      error(("a key of the state is UTF-8, not '%s'"):format(json.quote(key)), 0)
   end
   return key
end

local get_data, set_data, set_json = State.get_data, State.set_data, State.set_json
local remove_data, contains_data, list_data = State.remove_data, State.contains_data, State.list_data

-- A stored null is nil, not @fallback.
function State:get(key, fallback)
   local bytes = get_data(self, check_key(key))
   if bytes == nil then
      return fallback
   end
   local value = json.read(bytes_to_string(bytes))
   if value == M.null then
      return nil
   end
   return value
end

function State:set(key, value, ttl)
   return set_json(self, check_key(key), json.write(value, true), ttl or -1)
end

State.get_with_fallback, State.set_with_ttl = State.get, State.set

function State:remove(key)
   return remove_data(self, check_key(key))
end

function State:contains(key)
   return contains_data(self, check_key(key))
end

function State:get_bytes(key)
   return bytes_to_string(get_data(self, check_key(key)))
end

function State:set_bytes(key, value, ttl)
   if type(value) ~= 'string' then
      error(('set_bytes() takes a string, not %s'):format(json.describe(value)), 0)
   end
   return set_data(self, check_key(key), value, ttl or -1)
end

function State:keys(prefix)
   return from_variant(list_data(self, check_key(prefix or '')))
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

local function check_isolation(app)
   if app.isolation == 'THREAD' then
      error("Lua cannot run sources in threads: leave isolation at 'auto', or set it to 'process'", 3)
   end
end

-- A worker ends as a program of Lua ends: finalizers are called, what files hold back
-- is written out. Lua 5.1 itself, unlike LuaJIT, calls no finalizers then.
local function end_worker()
   local status = Qs.program_get_exit_status()
   if status >= 0 then
      os.exit(status, true)
   end
end

Qs.program_set_exit_deferred(true)

function Application:run(cancellable)
   check_isolation(self)
   local result, err = run(self, cancellable)
   end_worker()
   return result, err
end

local run_async = Application.run_async

function Application:run_async(...)
   run_async(self, ...)
   end_worker()
end

-- In a coroutine: returns, or raises, when the run is over. Meanwhile the main
-- context has its turns.
function Application:async_run(cancellable)
   local routine = coroutine.running()
   if routine == nil then
      error('async_run() is for a coroutine, such as that of Gio.Async.call(); elsewhere call run()', 2)
   end
   check_isolation(self)
   self:run_async(cancellable or Gio.Async.cancellable, function(_, result)
      local ok, err = coroutine.resume(routine, result)
      if not ok then
         error(err, 0)
      end
   end)
   return self:run_finish(coroutine.yield())
end

local dataframe = Application.dataframe
local dataframes = require 'qsource.dataframe'

dataframes.check_function, dataframes.check_result = check_function, check_result
dataframes.with_traceback = with_traceback
dataframes.serialize, dataframes.deserialize, dataframes.name_of = serialize_with, deserialize_with, name_of

local DATAFRAME = {'topic', 'source', topic = true, source = true}

-- {topic =, source =}, or topic, source
function Application:dataframe(of, source)
   if type(of) ~= 'table' then
      of = {topic = of, source = source}
   end
   check_parts('dataframe()', of, DATAFRAME)
   local topic = type(of.topic) == 'string' and Topic.new(of.topic) or of.topic
   local native = dataframe(self, topic, of.source)
   local frame = dataframes.new(native)
   native:handle(function(record)
      return dataframes.handle(frame, record)
   end)
   return frame
end

-- What lgi gives of another's memory keeps that other one.
local owners = setmetatable({}, {__mode = 'k'})

local function keep_owners(cls, names)
   for _, name in ipairs(names) do
      local method = cls[name]
      cls[name] = function(self, ...)
         local part = method(self, ...)
         if type(part) == 'userdata' then
            owners[part] = self
         end
         return part
      end
   end
end

keep_owners(Qs.Headers, {'get_value', 'lookup'})
keep_owners(Qs.Message, {'get_headers', 'get_key', 'get_value'})
keep_owners(Qs.Record, {'get_headers'})

local function by_method(name)
   return {
      get = function(self)
         return self['get_' .. name](self)
      end,
   }
end

Qs.Message._attribute = {headers = by_method('headers'), key = by_method('key'), value = by_method('value')}

-- Plain values, as everywhere.
Qs.Record._attribute = {
   headers = by_method('headers'),
   key = {
      get = function(self)
         return dataframes.read_key(self, from_variant)
      end,
   },
   value = {
      get = function(self)
         return from_variant(self:get_value())
      end,
   },
}

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
