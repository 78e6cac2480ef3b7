-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Runs a class of sources that a file returns, or one of a table of them. 'qsource run
-- FILE.lua' starts it, with what is to be run as a GVariant's text in the environment, where
-- others can't read it.

local lgi = require 'lgi'
local GLib, GObject = lgi.GLib, lgi.GObject
local core = require 'lgi.core'
local Qs = require 'qsource'

local function fail(text, status)
   io.stderr:write('qsource: ', text, '\n')
   os.exit(status or 2)
end

local plan = GLib.Variant.parse(GLib.VariantType.new('a{sv}'), os.getenv('QSOURCE_SCRIPT_PLAN'))

local function get(name)
   local value = plan:lookup_value(name)
   return value and value.value
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
         fail(("'%s' returns no source '%s'; it has: %s"):format(path, name, all))
      end
      return found[name], name
   end
   if #names ~= 1 then
      fail(("Which source of '%s'? Name one, as in FILE.lua:CLASS; it returns: %s"):format(path, all))
   end
   return found[names[1]] or found[tonumber(names[1])], names[1]
end

-- Values as texts; a property that is a list has a list of them.
local function to_properties(class, given)
   local values = {}
   local known = core.record.cast(GObject.TypeClass.ref(class._gtype), GObject.ObjectClass)
   for name, texts in pairs(given) do
      local pspec = known:find_property(name)
      local is_list = #texts > 1 or pspec and GObject.type_name(pspec.value_type) == 'GStrv'
      values[name] = is_list and GLib.Variant('as', texts) or GLib.Variant('s', texts[1])
   end
   return values
end

local function main()
   local path = get('file')
   local class, class_name = find_class(path, get('class'))
   local given = {}

   for name, texts in plan:lookup_value('properties'):pairs() do
      local list = {}
      for i = 1, #texts do
         list[i] = texts[i]
      end
      given[name] = list
   end
   local source = Qs.source_make(GObject.type_name(class._gtype), get('name') or class_name,
      to_properties(class, given))
   local app = Qs.Application.make(plan:lookup_value('application'))
   local topic = get('topic')

   if get('print') or get('count') > 0 then
      local frame = app:dataframe {topic = topic, source = source}
      if get('print') then
         frame:print(true)
      end
   else
      app:add_source(source, topic)
   end
   app:run()
end

local ok, err = pcall(main)
if not ok then
   fail(tostring(type(err) == 'table' and err.message or err), 1)
end
