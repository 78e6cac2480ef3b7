-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- Dataframes whose steps run in Lua: a record crosses into it once, and values are
-- passed on as they are.

local lgi = require 'lgi'
local json = require 'qsource.json'
local values = require 'qsource.values'
local Qs = lgi.require('Qs', '1')
local GLib = lgi.GLib

-- What qsource.lua knows of functions and serializers; set by it.
local M = {}      -- check_function, check_result, with_traceback, serialize, deserialize, name_of

local Dataframe = {}

local function topic_of(self)
   return self.root.native:get_topic()
end

Dataframe.__index = function(self, name)
   if name == 'topic' then
      return topic_of(self)
   end
   return Dataframe[name]
end

-- So that a branch that changes its value is nothing to the others.
local function copy(value)
   if type(value) ~= 'table' or value == json.null then
      return value
   end
   local made = setmetatable({}, getmetatable(value))
   for key, item in next, value do
      made[key] = copy(item)
   end
   return made
end

local core = require 'lgi.core'

-- Domain, code and text of an error.
local function parts_of(prefix, err)
   local text = json.quote(prefix .. values.text_of(err))
   if GLib.Error:is_type_of(err) then
      local fields = GLib.Error._field
      return core.record.field(err, fields.domain), core.record.field(err, fields.code), text
   end
   return Qs.application_error_quark(), 0, text
end

-- Of each record that a function was given: the dataframe that reads it.
local roots = setmetatable({}, {__mode = 'k'})

-- The key as the topic's serializer reads it; @convert: what makes a value of a GVariant.
function M.read_key(record, convert)
   local root = roots[record]
   if not root then
      return convert(record:get_key())
   end
   local bytes = record:dup_key_bytes()
   return bytes and M.deserialize(root.native.topic:get_key_serializer(), values.bytes_to_string(bytes)) or nil
end

-- A record as functions see it: lgi's, or with what is changed of it.
local function view_of(passage)
   roots[passage.record] = passage.root
   if not passage.changed then
      return passage.record
   end
   return setmetatable({}, {__index = function(_, name)
      local own = passage.changed[name]
      if own ~= nil then
         return own
      end
      return passage.record[name]
   end})
end

local function change(passage, name, value)
   local changed = {}
   for key, item in pairs(passage.changed or {}) do
      changed[key] = item
   end
   changed[name] = value
   return {record = passage.record, root = passage.root, ends = passage.ends, changed = changed}
end

-- Steps that return a branch ---------------------------------------------------

function M.new(native, root)
   local self = setmetatable({native = native, steps = {}}, Dataframe)
   self.root = root or self
   return self
end

local function branch(self, name, run)
   local target = M.new(self.native, self.root)
   table.insert(self.steps, {name = name, run = run, target = target})
   return target
end

local function guard(name, func)
   local what = ('the function of %s()'):format(name)
   M.check_function(what, func)
   local info = type(func) == 'function' and debug.getinfo(func, 'u')
   -- Making the record costs more than most functions do.
   local is_simple = info and info.nparams == 1 and not info.isvararg
   return function(value, passage)
      if is_simple then
         return M.check_result(what, func(value))
      end
      return M.check_result(what, func(value, view_of(passage)))
   end
end

function Dataframe:apply(func)
   local call = guard('apply', func)
   return branch(self, 'apply', function(value, passage, pass)
      pass(call(value, passage), passage)
   end)
end

function Dataframe:filter(func)
   local call = guard('filter', func)
   return branch(self, 'filter', function(value, passage, pass)
      local verdict = call(value, passage)
      if verdict == nil then
         error('the function of filter() returned nothing; it must return true or false', 0)
      elseif verdict then
         pass(value, passage)
      end
   end)
end

-- The number of items of an array, all of which are there: # of a table with a hole is that of any.
local function count_items(items)
   if type(items) ~= 'table' then
      error(('Cannot expand %s: it must be an array'):format(json.describe(items)), 0)
   end
   local n = 0
   for _ in next, items do
      n = n + 1
   end
   for i = 1, n do
      if items[i] == nil then
         error(('Cannot expand a table without an item %d of %d: it must be an array without holes; use Qs.null')
            :format(i, n), 0)
      end
   end
   return n
end

function Dataframe:expand(func)
   local call = func and guard('expand', func) or function(value) return value end
   return branch(self, 'expand', function(value, passage, pass)
      local items = call(value, passage)
      for i = 1, count_items(items) do
         local item = items[i]
         if item == json.null then
            item = nil
         end
         pass(item, passage)
      end
   end)
end

function Dataframe:set_headers(func)
   local call = guard('set_headers', func)
   return branch(self, 'set_headers', function(value, passage, pass)
      pass(value, change(passage, 'headers', values.to_headers(call(value, passage)) or Qs.Headers.new()))
   end)
end

function Dataframe:set_timestamp(func)
   local call = guard('set_timestamp', func)
   return branch(self, 'set_timestamp', function(value, passage, pass)
      local timestamp = values.to_timestamp(call(value, passage))
      if timestamp == 0 then
         error('the function of set_timestamp() returned no timestamp', 0)
      end
      pass(value, change(passage, 'timestamp', timestamp))
   end)
end

-- Joins two branches of the same dataframe.
function Dataframe:concat(other)
   if getmetatable(other) ~= Dataframe or other.root ~= self.root then
      error('concat() joins two branches of the same dataframe', 2)
   end
   local function run(value, passage, pass)
      pass(value, passage)
   end
   local target = branch(self, 'concat', run)
   table.insert(other.steps, {name = 'concat', run = run, target = target})
   return target
end

-- Steps in their place -----------------------------------------------------------

local function act(self, name, run)
   table.insert(self.steps, {name = name, run = run})
   return self
end

function Dataframe:replace(func)
   return act(self, 'replace', guard('replace', func))
end

-- Lets @func change a table in its place.
function Dataframe:update(func)
   local call = guard('update', func)
   return act(self, 'update', function(value, passage)
      call(value, passage)
      return value
   end)
end

function Dataframe:sink(func)
   local call = guard('sink', func)
   return act(self, 'sink', function(value, passage)
      call(value, passage)
      return value
   end)
end

local function bytes_to_text(data)
   if json.is_text(data) then
      return json.write(data)
   end
   return '"0x' .. data:gsub('.', function(c) return ('%02x'):format(c:byte()) end) .. '"'
end

local function to_text(value)
   if type(value) == 'string' then
      return bytes_to_text(value)
   end
   local ok, text = pcall(json.write, value)
   return ok and text or json.write(json.quote(tostring(value)))
end

local function record_to_text(value, record)
   local headers, own = {}, record.headers
   for i = 0, own and own:get_length() - 1 or -1 do
      local item = values.bytes_to_string(own:get_value(i))
      headers[#headers + 1] = ('[%s,%s]'):format(bytes_to_text(own:get_name(i)), item and bytes_to_text(item) or 'null')
   end
   return ('{"key":%s,"value":%s,"timestamp":%.0f,"topic":%s,"partition":%d,"offset":%.0f,"headers":[%s]}'):format(
      to_text(record.key), to_text(value), record.timestamp, to_text(record.topic), record.partition, record.offset,
      table.concat(headers, ','))
end

function Dataframe:print(metadata)
   return act(self, 'print', function(value, passage)
      self.native:show(metadata and record_to_text(value, view_of(passage)) or to_text(value))
      return value
   end)
end

-- The key as it was read, or as the other topic's serializer makes it.
local function pass_key(self, output, record)
   local bytes = record:dup_key_bytes()
   local from, to = topic_of(self):get_key_serializer(), output:get_key_serializer()
   local name = M.name_of(from)
   if bytes == nil or name and name == M.name_of(to) then
      return bytes
   end
   return values.string_to_bytes(M.serialize(to, M.deserialize(from, values.bytes_to_string(bytes)), output, 'key'))
end

-- @key: a value, or a function of the value and the record; nil: the record's own.
function Dataframe:to_topic(topic, key)
   local output = type(topic) == 'string' and Qs.Topic.new(topic) or topic
   local make_key = type(key) == 'function' and guard('to_topic', key)
   self.native:add_output(output)
   return act(self, 'to_topic', function(value, passage)
      local record = passage.record
      local view = view_of(passage)
      local key_bytes, value_bytes
      if key == nil then
         key_bytes = pass_key(self, output, record)
      else
         local made = key
         if make_key then
            made = make_key(value, passage)
         end
         key_bytes = made ~= nil and made ~= json.null and
            values.string_to_bytes(M.serialize(output:get_key_serializer(), made, output, 'key')) or nil
      end
      if value ~= nil or record:dup_value_bytes() ~= nil then
         value_bytes = values.string_to_bytes(M.serialize(output:get_value_serializer(), value, output, 'value'))
      end
      self.native:produce(output, key_bytes, value_bytes, view.headers, math.max(view.timestamp, 0))
      return value
   end)
end

-- Records ------------------------------------------------------------------------

-- An error that ends the run.
local Decided = {}

-- Raises, unless the error is ignored: then the other branches go on.
local function settle(self, err, record, step)
   if getmetatable(err) == Decided then
      error(err, 0)
   end
   local where = ("Cannot process the record of topic '%s', partition %d, offset %.0f in step %s: "):format(
      record.topic, record.partition, record.offset, step)
   if not self.native:ignore_message(record, parts_of(where, err)) then
      error(setmetatable({parts = {parts_of((' in step %s: '):format(step), err)}}, Decided), 0)
   end
end

-- Lua 5.1's xpcall() takes no arguments for the function.
local function protect(func, ...)
   local arguments, n = {...}, select('#', ...)
   return xpcall(function()
      return func(unpack(arguments, 1, n))
   end, M.with_traceback)
end

-- Along this and its branches. What comes out is added to passage.ends, by twos: the value,
-- which may be nil, and the passage that led there.
local function run_steps(self, value, passage, n_steps)
   local steps = self.steps
   for i = 1, #steps do
      local step = steps[i]
      local ok, result
      if step.target then
         local own = i < #steps and copy(value) or value
         ok, result = protect(step.run, own, passage, function(item, changed)
            run_steps(step.target, item, changed, n_steps + 1)
         end)
      else
         ok, result = protect(step.run, value, passage)
         if ok then
            value = result
         end
         n_steps = n_steps + 1
      end
      if not ok then
         settle(self, result, passage.record, ('%d (%s)'):format(step.target and n_steps + 1 or n_steps, step.name))
         if not step.target then
            return
         end
      end
   end
   -- Who only branches off has no end of its own.
   if #steps == 0 or not steps[#steps].target then
      local ends = passage.ends
      ends.n = ends.n + 1
      ends[2 * ends.n - 1], ends[2 * ends.n] = value, passage
   end
end

-- Keeps what came out, for dup_rows().
local function keep(native, value, passage)
   local record, changed = passage.record, passage.changed or {}
   local is_tombstone = (value == nil or value == json.null) and record:dup_value_bytes() == nil
   native:add_row(not is_tombstone and values.to_variant(value) or nil, changed.headers or record:get_headers(),
                  changed.timestamp or record:get_timestamp())
end

-- Runs a record, and reports the results to C.
local function run_record(self, value, record)
   local ends = {n = 0}
   run_steps(self, value, {record = record, root = self, ends = ends}, 0)
   if ends.n > 0 and self.native:count_results(ends.n) then
      for i = 1, ends.n do
         keep(self.native, ends[2 * i - 1], ends[2 * i])
      end
   end
end

local function read(self, record)
   local serializer = self.serializer
   if not serializer then
      serializer = topic_of(self):get_value_serializer()
      self.serializer, self.is_json = serializer, M.name_of(serializer) == 'json'
   end
   local value
   if self.is_json then
      local text = record:dup_value_text()
      if text ~= nil then
         value = json.read(text)
      end
   else
      local bytes = record:dup_value_bytes()
      if bytes ~= nil then
         value = M.deserialize(serializer, values.bytes_to_string(bytes))
      end
   end
   if value == json.null then
      return nil
   end
   return value
end

-- Called by C for each record: false if it has failed, after the error was passed to C.
function M.handle(self, record)
   local ok, value = pcall(read, self, record)
   if not ok then
      self.native:refuse()
      local _, _, text = parts_of(': ', value)
      Qs.callback_fail(Qs.serialization_error_quark(), Qs.SerializationError.INVALID_DATA, text)
      return false
   end
   local result
   ok, result = pcall(run_record, self, value, record)
   if ok then
      return true
   elseif getmetatable(result) ~= Decided then
      result = {parts = {parts_of(': ', result)}}
   end
   Qs.callback_fail(unpack(result.parts))
   return false
end

return M
