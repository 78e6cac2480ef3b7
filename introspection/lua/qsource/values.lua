-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- Values of Lua as GVariants, as bytes, and as the parts of a record, and back.

local lgi = require 'lgi'
local json = require 'qsource.json'
local Qs = lgi.require('Qs', '1')
local GLib = lgi.GLib

local Variant = GLib.Variant
local MAX_INTEGER = 2 ^ 53
local MAX_PARTITION = 2 ^ 31 - 1

-- A GVariant may lie in a value.
function json.write_foreign(value)
   if type(value) == 'userdata' and Variant:is_type_of(value) then
      local bytes, err = Qs.json_to_bytes(value)
      return true, bytes and bytes:get_data() or error(err, 0)
   end
   return false
end

local function to_variant(value)
   local kind = type(value)
   if value == nil or value == json.null then
      return Variant.new_maybe(GLib.VariantType.new('v'), nil)
   elseif kind == 'boolean' then
      return Variant.new_boolean(value)
   elseif kind == 'number' then
      if value % 1 == 0 and value >= -MAX_INTEGER and value <= MAX_INTEGER then
         return Variant.new_int64(value)
      end
      return Variant.new_double(value)
   elseif kind == 'string' then
      if value:find('%z') or not json.is_text(value) then
         return Variant.new_from_bytes(GLib.VariantType.new('ay'), GLib.Bytes.new(value), true)
      end
      return Variant.new_string(value)
   elseif kind == 'userdata' and Variant:is_type_of(value) then
      return value
   end
   local variant, err = Qs.json_from_bytes(GLib.Bytes.new(json.write(value)))
   return variant or error(err, 0)
end

local function bytes_to_string(bytes)
   if bytes == nil then
      return nil
   end
   return bytes:get_size() > 0 and bytes:get_data() or ''
end

-- A string of bytes, which nil is, too.
local function check_string(what, data)
   if data ~= nil and type(data) ~= 'string' then
      error(('%s is a string or nil, not %s; serialize() makes bytes of other values')
         :format(what, json.describe(data)), 0)
   end
   return data
end

local function string_to_bytes(data)
   return check_string('what becomes bytes', data) and GLib.Bytes.new(data) or nil
end

local from_variant

local function array_from_variant(variant, kind)
   if kind == 'ay' then
      return bytes_to_string(variant:get_data_as_bytes())
   end
   local result = kind:sub(2, 2) == '{' and {} or setmetatable({}, json.array_mt)
   for i = 0, variant:n_children() - 1 do
      local child = variant:get_child_value(i)
      local first = from_variant(kind:sub(2, 2) == '{' and child:get_child_value(0) or child)
      if kind:sub(2, 2) == '{' then
         result[first] = from_variant(child:get_child_value(1), true)
      else
         result[i + 1] = first == nil and json.null or first
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
         return inside and json.null or nil
      end
      return from_variant(variant:get_child_value(0), inside)
   elseif first == 'a' then
      return array_from_variant(variant, kind)
   end
   return variant.value
end

local function append_header(headers, name, value)
   if type(name) ~= 'string' or name:find('%z') or not json.is_text(name) then
      error(('the name of a header is UTF-8 without NUL, not %s'):format(
         type(name) == 'string' and "'" .. json.quote(name) .. "'" or json.describe(name)), 0)
   end
   headers:append(name, check_string(("the header '%s'"):format(name), value) and GLib.Bytes.new(value) or nil)
end

-- Pairs in an array, in their order, or a table of names; not both, as it would have no order.
local function to_headers(headers)
   if headers == nil or type(headers) == 'userdata' then
      return headers
   elseif type(headers) ~= 'table' then
      error(('headers are a table, not %s'):format(json.describe(headers)), 0)
   end
   local made = Qs.Headers.new()
   local first = next(headers)
   for name in pairs(headers) do
      if type(name) ~= type(first) then
         error('headers are pairs in an array or a table of names, not both; use pairs for all of them', 0)
      end
   end
   for i, pair in ipairs(headers) do
      if type(pair) ~= 'table' then
         error(('header %d is a pair of a name and a value, not %s'):format(i, json.describe(pair)), 0)
      end
      append_header(made, pair[1], pair[2])
   end
   for name, value in pairs(headers) do
      if type(name) == 'string' then
         append_header(made, name, value)
      elseif type(name) ~= 'number' or name < 1 or name > #headers or name % 1 ~= 0 then
         error(('headers have %s as a key, which is neither a name nor in order'):format(tostring(name)), 0)
      end
   end
   return made
end

local function to_timestamp(timestamp)
   if timestamp == nil then
      return 0
   elseif type(timestamp) ~= 'number' or timestamp % 1 ~= 0 or timestamp < 0 or timestamp > MAX_INTEGER then
      error(('timestamp is an integer of milliseconds since 1970, not %s'):format(
         type(timestamp) == 'number' and tostring(timestamp) or json.describe(timestamp)), 0)
   end
   return timestamp
end

-- nil is for the key to decide.
local function to_partition(partition)
   if partition == nil then
      return -1
   elseif type(partition) ~= 'number' or partition % 1 ~= 0 or partition < -1 or partition > MAX_PARTITION then
      error(('partition is an integer from 0, or -1, so that the key determines it, not %s'):format(
         type(partition) == 'number' and tostring(partition) or json.describe(partition)), 0)
   end
   return partition
end

-- Refuses a name that nobody reads: its value would be lost, and be null in the record.
-- @names: an array of them, and a set.
local function check_parts(what, parts, names)
   if type(parts) ~= 'table' then
      error(('%s takes a table of %s, not %s'):format(what, table.concat(names, ', '), json.describe(parts)), 0)
   end
   for name in next, parts do
      if type(name) ~= 'string' or not names[name] then
         error(("%s knows no '%s': its names are %s"):format(
            what, json.quote(tostring(name)), table.concat(names, ', ')), 0)
      end
   end
end

-- The text of whatever was raised, even if it refuses to be one.
local function text_of(err)
   if GLib.Error:is_type_of(err) then
      return err.message
   end
   local ok, text = pcall(tostring, err)
   local is_text = ok and type(text) == 'string' and (type(err) ~= 'table' or getmetatable(err))
   return is_text and text or json.describe(err)
end

return {
   to_partition = to_partition,
   check_parts = check_parts,
   text_of = text_of,
   to_variant = to_variant,
   from_variant = from_variant,
   bytes_to_string = bytes_to_string,
   string_to_bytes = string_to_bytes,
   check_string = check_string,
   to_headers = to_headers,
   to_timestamp = to_timestamp,
}
