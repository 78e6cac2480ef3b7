-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- Gio.Async as lgi has it, but for two faults of lgi 0.9.2:
--
-- * It hands a coroutine over as what GIO is to call. If it is suspended while Lua collects
--   garbage, the program crashes. Here GIO gets a function, which resumes the coroutine.
-- * It does not report what a coroutine raises, and Gio.Async.call() then waits for ever.

local lgi = require 'lgi'
local class = require 'lgi.class'
local namespace = require 'lgi.namespace'
local Gio, GLib, GObject = lgi.Gio, lgi.GLib, lgi.GObject

local unpack = table.unpack or unpack

-- What is called with what a coroutine raises.
local failure_handlers = setmetatable({}, {__mode = 'k'})
local handle_failure = error

local function resume(routine, ...)
   local ok, err = coroutine.resume(routine, ...)
   if not ok then
      (failure_handlers[routine] or handle_failure)(err)
   end
end

-- @element is what lgi makes of a name such as async_read.
local function guard(element)
   local async = element.async
   function element.async(...)
      local arguments, n = {...}, select('#', ...)
      local routine = arguments[n]
      arguments[n] = function(...)
         resume(routine, ...)
      end
      return async(unpack(arguments, 1, n))
   end
   return element
end

for _, owner in ipairs {class.class_mt, GObject.Object} do
   local find_element = owner._element
   function owner:_element(object, name)
      local element, category = find_element(self, object, name)
      if category == '_async' then
         guard(element)
      end
      return element, category
   end
end

-- Of functions such as Gio.async_bus_get, lgi keeps the element to itself.
local functions = namespace.mt._category_mt._function
local find_function = functions.__index
function functions:__index(name)
   local access = find_function(self, name)
   for i = 1, access and 2 or 0 do
      local upvalue, value = debug.getupvalue(access, i)
      if upvalue == 'element' then
         guard(value)
      end
   end
   return access
end

local start = Gio.Async.start

local function start_with(handler, func, ...)
   local run = start(function(...)
      failure_handlers[coroutine.running()] = handler
      return func(...)
   end, ...)
   return function(...)
      local ok, err = run(...)
      if not ok then
         handler(err)
      end
      return ok, err
   end
end

function Gio.Async.start(func, ...)
   return start_with(function(err) handle_failure(err) end, func, ...)
end

function Gio.Async.call(func, ...)
   local context = {...}
   return function(...)
      local loop = GLib.MainLoop()
      local arguments, n = {...}, select('#', ...)
      local results, failure

      local function finish(...)
         results = {n = select('#', ...), ...}
         loop:quit()
      end
      local run = start_with(function(err)
         failure = {err}
         loop:quit()
      end, function(...)
         finish(func(...))
      end, unpack(context, 1, 2))

      -- In the loop, as func may be done before it returns for the first time.
      GLib.idle_add(GLib.PRIORITY_DEFAULT, function()
         run(unpack(arguments, 1, n))
         return GLib.SOURCE_REMOVE
      end)
      loop:run()
      if failure then
         error(failure[1], 0)
      end
      return unpack(results, 1, results.n)
   end
end

-- @handler is called with what a coroutine of Gio.Async.start() raises.
return function(handler)
   handle_failure = handler
end
