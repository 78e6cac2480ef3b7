-- SPDX-License-Identifier: LGPL-2.1-or-later
-- The conformance suite's program in Lua.   lua program.lua BEHAVIOUR NAME

local lgi = require 'lgi'
local Qs = require 'qsource'
local Gio, GObject, GLib = lgi.Gio, lgi.GObject, lgi.GLib

local behaviour, name = arg[1], arg[2]

local function fail(where)
   if behaviour == 'error-' .. where then
      error('broken in ' .. where)
   end
end

local function say(...)
   print(...)
   io.stdout:flush()
end

local Brackets = GObject.Object:derive('Brackets', {Qs.Serializer})

function Brackets:do_serialize(value)
   fail('serialize')
   return '<' .. value .. '>'
end

-- A serializer of functions, of all things.
local functions = {
   serialize = function(value) return value() end,
   deserialize = function(data) return function() return data end end,
}

local Conformance = Qs.StatefulSource:derive('Conformance')

function Conformance:do_configure(topic, producer)
   fail('configure')
end

function Conformance:do_setup()
   fail('setup')
   if behaviour == 'connect-failure' then
      error('no client')
   elseif behaviour == 'handlers' or behaviour == 'fail' then
      GLib.timeout_add(GLib.PRIORITY_DEFAULT, 1, function()
         if behaviour == 'fail' then
            self:fail('broken in a callback')
         else
            for i = 0, 2 do
               self:produce {key = 'k', value = 'v' .. i}
            end
            self:stop()
         end
         return false
      end)
   end
end

function Conformance:do_start()
   fail('start')
   return Conformance._parent.do_start(self)
end

function Conformance:do_default_topic()
   fail('default-topic')
   return Conformance._parent.do_default_topic(self)
end

function Conformance:do_cleanup(failed)
   say('cleanup ' .. tostring(failed))
   fail('cleanup')
   return Conformance._parent.do_cleanup(self, failed)
end

function Conformance:do_flush(timeout)
   fail('flush')
   return Conformance._parent.do_flush(self, timeout)
end

local function deliver(source)
   for i = 0, 2 do
      source:produce {key = 'k', value = 'v' .. i}
   end
end

local function kill(source)
   say('waiting')       -- to be killed
   while source:wait(60) do
   end
end

local function numbers(source)
   for i = 1, 4 do
      source:produce(source:serialize {value = i})
   end
end

local function add_dataframe(app, source)
   app.auto_offset_reset = 'earliest'
   app.drain = true
   if behaviour == 'own-values' then
      local topic = Qs.Topic {name = name, value_serializer = functions}
      app:dataframe({topic = topic, source = source}):update(function(value)
         say('own ' .. tostring(type(value) == 'function' and value() == 'own'))
      end)
      return topic
   end
   local frame = app:dataframe {source = source}
   if behaviour == 'nothing' then
      frame:filter(function() end)
      return frame.topic
   end
   frame:filter(function(value) return value % 2 == 0 end)
      :apply(function(value)
         fail('dataframe')
         return value * 10
      end)
      :print()
   return frame.topic
end

local function brackets(source)
   source:produce(source:serialize {value = 'x'})
end

local behaviours = {
   serialize = function(source)
      source:produce(source:serialize {key = 'k', value = {a = {1, Qs.null, 2.5, 'ü', true, 2 ^ 40}}})
   end,
   ['custom-serializer'] = brackets,
   ['error-serialize'] = brackets,
   exact = function(source)
      local number = loadstring('return 9007199254740993LL')()
      source:produce(source:serialize {key = 'a\0b', value = {t = 'a\0b', n = number}})
      local state = source.state
      state:set('k\0a', 1)
      state:set('k\0b', 2)
      state:set('v', {'a\0b', number})
      say(('keys %d %d'):format(state:get('k\0a'), state:get('k\0b')))
      local back = state:get('v')
      say('exact ' .. tostring(back[1] == 'a\0b' and back[2] == number))
   end,
   keys = function(source)
      source.state:set('k\0b', 1)
      source.state:set('k\0a', 2)
      say('keys ' .. table.concat(source.state:keys('k'), ' '):gsub('%z', '%%0'))
   end,
   ['own-values'] = function(source)
      source:produce(source:serialize {value = function() return 'own' end})
   end,
   ['too-deep'] = function(source)
      local value = {}
      for _ = 1, 1000 do
         value = {value}
      end
      local _, err = pcall(source.serialize, source, {value = value})
      say('refused: ' .. tostring(err))
      deliver(source)
   end,
   ['error-domain'] = function()
      error(GLib.Error(Gio.IOErrorEnum, 'NOT_FOUND', 'it is gone'))
   end,
   nothing = function(source)
      source:produce {value = '1'}
   end,
   ['stored-null'] = function(source)
      source.state:set('k', Qs.null)
      say('stored ' .. tostring(source.state:get('k', 'fallback')))
      say('there ' .. tostring(source.state:contains('k')))
   end,
   refused = function(source)
      local _, err = pcall(source.produce_value, source, nil, print)
      say('refused: ' .. (GLib.Error:is_type_of(err) and err.message or tostring(err)))
      deliver(source)
   end,
   skip = function(source)
      source:produce_value(nil, print)
      deliver(source)
   end,
   ['dead-letter'] = function(source)
      source:produce_value(nil, print)
      deliver(source)
   end,
   headers = function(source)
      source:produce {value = 'v', headers = {{'a', '1'}, {'b'}, {'a', '2'}}}
   end,
   ['null-and-empty'] = function(source)
      source:produce {value = ''}
      source:produce {key = ''}
   end,
   state = function(source)
      local state = source.state
      state:set('n', state:get('n', 0) + 1)
      source:produce {value = ('%d'):format(state:get('n'))}
   end,
   flush = function(source)
      deliver(source)
      source:flush()
      say('acknowledged ' .. ('%d'):format(source.producer.n_acknowledged))
   end,
   expiry = function(source)
      source.state:set('k', 1, 0.05)
      say('before ' .. ('%d'):format(source.state:get('k')))
      source:flush()
      source:wait(0.2)
      say('after ' .. tostring(source.state:get('k')))
   end,
   ['stop-in-run'] = function(source)
      source:stop()
      say('running ' .. tostring(source.running))
   end,
   dataframe = numbers,
   ['error-dataframe'] = numbers,
   kill = kill,
   restart = function(source)
      if io.open('mark') then
         deliver(source)
      else
         io.open('mark', 'w'):close()
         kill(source)
      end
   end,
}

function Conformance:do_run()
   say('running ' .. tostring(self.running))
   fail('run');
   if behaviour == 'handlers' or behaviour == 'fail' then
      return Conformance._parent.do_run(self)
   end;
   (behaviours[behaviour] or deliver)(self)
end

local function text(data)
   return data == nil and 'null' or "'" .. data:gsub('%z', '%%0') .. "'"
end

local Splits = Qs.SplitSource:derive('Splits')

function Splits:do_list_splits()
   return {'b', 'a'}
end

function Splits:do_run_splits()
   for _, split in ipairs(self:get_splits()) do
      local state = self:get_split_state(split)
      state:set('n', state:get('n', 0) + 1)
      self:produce {value = ('%s %d of %d'):format(split, state:get('n'), #state:keys())}
   end
end

local function main()
   local app = Qs.Application {run_timeout = 30}
   local topic

   if behaviour == 'custom-serializer' or behaviour == 'error-serialize' then
      topic = Qs.Topic {name = name, value_serializer = Brackets()}
   elseif behaviour == 'exactly-once' then
      app.processing_guarantee = 'exactly-once'
   elseif behaviour == 'isolation-thread' then
      app.isolation = 'thread'
   elseif behaviour == 'restart' then
      app.max_restarts = 1
      app.restart_backoff = 0
   elseif behaviour == 'sharing' then
      app.standby_replicas = -1
      app.instance_id = 'one'
      say(('sharing %d %s %s'):format(app.standby_replicas, app.instance_id, tostring(app.leave_on_stop)))
   end
   app.on_source_connected = function(_, source) say('connected ' .. source.name) end
   app.on_source_connect_failed = function(_, source, err) say('connect failed: ' .. err.message) end

   function app.on_source_failed(_, _, err)
      if behaviour == 'error-domain' then
         say(('failed %s %d'):format(GLib.quark_to_string(err.domain.error_domain), err.domain[err.code]))
      end
      return false
   end

   local source = behaviour == 'splits' and Splits {name = name} or Conformance {name = name}
   if behaviour == 'skip' or behaviour == 'dead-letter' then
      source.errors = behaviour
   end
   if behaviour:match('dataframe$') or behaviour == 'own-values' or behaviour == 'nothing' then
      topic = add_dataframe(app, source)
   else
      topic = app:add_source(source, topic)
   end
   if behaviour == 'async' then
      GLib.idle_add(GLib.PRIORITY_DEFAULT, function()
         say('turn')
         return false
      end)
      app:async_run()
      say('done')
   else
      app:run()
   end
   if behaviour == 'state' then
      app:run()
   end
   local broker = app.embedded_broker
   for _, message in ipairs(broker and broker:dup_messages(topic) or {}) do
      local key, value, headers = Qs.unpack_message(message)
      local line = ('message %s %s'):format(text(key), text(value))
      for _, pair in ipairs(headers) do
         line = line .. (' %s=%s'):format(pair[1], text(pair[2]))
      end
      say(line)
   end
   if behaviour == 'dead-letter' and broker then
      say('dead letters ' .. #broker:dup_messages('dead-letter__' .. topic.name))
   end
end

local ok, err
if behaviour == 'async' then
   Gio.Async.call(function()
      main()
      ok = true
   end)()
else
   ok, err = pcall(main)
end
if not ok then
   say('error: ' .. (GLib.Error:is_type_of(err) and err.message or tostring(err)))
end
