-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Runs a class of sources that a file returns, or one of a table of them, as a worker of
-- 'qsource run FILE.lua', or describes it: run.lua FILE PLAN. The plan is in the environment,
-- where others can't read it.

local lgi = require 'lgi'
local GLib, GObject = lgi.GLib, lgi.GObject
local Qs = require 'qsource'

local path, plan_name = ...
local plan = GLib.Variant.parse(GLib.VariantType.new('a{sv}'), os.getenv('QSOURCE_SCRIPT_PLANS'))
   :lookup_value(plan_name)

local function get(name)
   local value = plan:lookup_value(name)
   return value and value.value
end

local function refuse(text)
   error({message = text}, 0)
end

local function is_source(value)
   return type(value) == 'table' and type(value._gtype) ~= 'nil' and
      GObject.type_is_a(value._gtype, Qs.BaseSource._gtype)
end

-- The class, and its name.
local function find_class(path, name)
   local found = dofile(path)
   local names = {}

   if is_source(found) then
      found = {[GObject.type_name(found._gtype)] = found}
   end
   for key, value in pairs(type(found) == 'table' and found or {}) do
      if is_source(value) then
         names[#names + 1] = tostring(key)
      end
   end
   table.sort(names)
   local all = #names > 0 and table.concat(names, ', ') or 'none'
   if name then
      if not is_source(type(found) == 'table' and found[name]) then
         refuse(("'%s' returns no source '%s'; it has: %s"):format(path, name, all))
      end
      return found[name], name
   end
   if #names ~= 1 then
      refuse(("Which source of '%s'? Name one, as in FILE.lua:CLASS; it returns: %s"):format(path, all))
   end
   return found[names[1]] or found[tonumber(names[1])], names[1]
end

local function make(class, class_name)
   return Qs.source_make(GObject.type_name(class._gtype), get('name') or class_name,
      plan:lookup_value('properties'))
end

-- A GVariant to answer with, or nil.
local function run()
   local class, class_name = find_class(path, get('class'))

   if get('answer') then
      return plan:lookup_value('properties') and Qs.Source.describe(make(class, class_name)) or
         Qs.Source.dup_description(class._gtype)
   end

   local app = Qs.Application {}
   app:add_source(make(class, class_name), get('topic'))
   app:run()
end

local ok, described = pcall(run)
if not ok then
   local message = type(described) ~= 'string' and described.message
   if not get('answer') or not message then
      error(described, 0)
   end
   described = GLib.Variant('a{sv}', {error = GLib.Variant('s', message), status = GLib.Variant('i', 2)})
end
if described then
   local file = assert(io.open(get('answer'), 'w'))
   file:write(described:print(true))
   file:close()
end
