# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is special about Lua."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / 'python'))
from qs_testing import ProgramCase  # noqa: E402

HEAD = '''
local lgi = require 'lgi'
local Qs = require 'qsource'
local Gio, GLib, GObject = lgi.Gio, lgi.GLib, lgi.GObject

local function attempt(func)
   local ok, err = pcall(func)
   print(ok and 'nothing was raised' or GLib.Error:is_type_of(err) and err.message or err)
end

-- Runs a source whose do_run() is @run.
local function try(run, topic)
   local Tries = Qs.Source:derive('Tries')
   Tries.do_run = run
   local app = Qs.Application {broker_address = 'embedded'}
   function app.on_source_failed(_, source, err)
      print('failed', tostring(err.domain), err.code)
      return false
   end
   app:add_source(Tries {name = 'tries'}, topic)
   attempt(function() app:run() end)
end
'''


class TestLua(ProgramCase):
    def run_lua(self, text):
        result = self.execute(os.environ['QSOURCE_LUA'], self.write(HEAD + text, 'program.lua'))
        self.assertEqual(result.status, 0, result.out + result.err)
        return result.out

    def test_wrong_names(self):
        """A function that nobody would call is refused, not ignored"""
        out = self.run_lua('''
for _, name in ipairs {'run', 'setup', 'flush', 'stop'} do
   local Wrong = Qs.Source:derive('Wrong' .. name)
   attempt(function() Wrong[name] = function() end end)
end
''')
        for name in 'run', 'setup', 'flush', 'stop':
            self.assertIn(f'Wrong{name} defines {name}(), which nobody would call: its name must '
                          f'be do_{name}()', out)

    def test_values(self):
        """Plain values come back equal"""
        out = self.run_lua('''
local values = {true, false, 0, -1, 2 ^ 53 - 1, 1.5, 1e300, '', 'ü', '\\0\\255'}
for _, value in ipairs(values) do
   if Qs.from_variant(Qs.to_variant(value)) ~= value then
      print('wrong', value)
   end
end
local back = Qs.from_variant(Qs.to_variant {a = {1, Qs.null, {b = 'x'}}, e = Qs.array {}})
print(back.a[1], back.a[2], back.a[3].b, #back.e, Qs.from_variant(Qs.to_variant(nil)))
attempt(function() Qs.to_variant(print) end)
attempt(function() Qs.to_variant {a = 1, [true] = 2} end)
''')
        self.assertEqual(out.splitlines(), [
            '1\tnull\tx\t0\tnil', 'cannot make a value out of a function',
            "the key 'true' of a table is no string"])

    def test_properties(self):
        """Properties take nicks, names of serializers and tables; what is unknown raises"""
        out = self.run_lua('''
local app = Qs.Application {broker_address = 'a:1', producer_config = {['linger.ms'] = 5}}
print(app.producer_config['linger.ms'])
app.processing_guarantee = 'exactly-once'
print(app.processing_guarantee)
local topic = Qs.Topic {name = 't', value_serializer = 'str', config = {['cleanup.policy'] = 'compact'}}
local message = topic:serialize {value = 'x', headers = {a = 'b'}}
print(Qs.unpack_message(message))
print(select(3, Qs.unpack_message(message))[1][2], topic.config['cleanup.policy'])
attempt(function() app.isolation = 'treads' end)
attempt(function() app.broker_adress = 'x' end)
attempt(function() Qs.Application {isolaton = 'thread'} end)
attempt(function() topic.key_serializer = 'xml' end)
''')
        self.assertRegex(out, '^5\nEXACTLY_ONCE\nnil\tx\t.*\nb\tcompact\n')
        self.assertIn("isolation cannot be 'treads'; it is one of 'auto', 'process', 'thread'", out)
        self.assertIn("no `broker_adress'", out)
        self.assertIn("no `isolaton'", out)
        self.assertIn("no serializer named 'xml'", out)
        self.assertNotIn('nothing was raised', out)

    def test_error_of_glib(self):
        """An error of GLib keeps its domain, code and message"""
        out = self.run_lua('''
try(function()
   assert(Gio.File.new_for_path('/nowhere/at/all'):load_contents())
end)
''')
        self.assertIn('failed\tGio.IOErrorEnum\tNOT_FOUND', out)
        self.assertIn('/nowhere/at/all', out)

    def test_error(self):
        """Any other error is the source's, with its traceback"""
        out = self.run_lua('''
local function inner()
   error('too far')
end
try(function() inner() end)
''')
        self.assertIn('failed\tQs.SourceError\tFAILED', out)
        self.assertRegex(out, r'program\.lua:\d+: too far')
        self.assertIn("in function 'inner'", out)

    def test_serializer(self):
        """What a serializer raises is told, with its traceback"""
        out = self.run_lua('''
local Broken = GObject.Object:derive('Broken', {Qs.Serializer})
local function inner()
   error('no such thing')
end
function Broken:do_serialize()
   inner()
end
try(function(self) self:produce(self:serialize {value = 1}) end,
    Qs.Topic {name = 'broken', value_serializer = Broken()})
''')
        self.assertIn('failed\tQs.SerializationError\tFAILED', out)
        self.assertIn('no such thing', out)
        self.assertIn("in function 'inner'", out)

    def test_stop(self):
        """do_stop() is called while do_run() waits"""
        path = self.write(HEAD + '''
local Stops = Qs.Source:derive('Stops')
local is_stopped = false
function Stops:do_run()
   print('runs')
   io.stdout:flush()
   while not is_stopped do
      self:wait(0.01)
      GLib.usleep(1000)
   end
   print('ends')
   io.stdout:flush()
end
function Stops:do_stop()
   is_stopped = true
end
local app = Qs.Application {broker_address = 'embedded'}
app:add_source(Stops {name = 'stops'})
attempt(function() app:run() end)
''', 'program.lua')
        self.assertEqual(self.terminate(os.environ['QSOURCE_LUA'], path), 'ends\nnothing was raised\n')

    def test_functions(self):
        """A function of a dataframe that fails is called once, and ends run()"""
        out = self.run_lua('''
local One = Qs.Source:derive('One')
function One:do_run()
   self:produce {value = '1'}
end
local app = Qs.Application {broker_address = 'embedded', auto_offset_reset = 'earliest', run_count = 1}
app:dataframe({source = One {name = 'one'}}):apply(function(value)
   print('called', value)
   error(GLib.Error(Gio.IOErrorEnum, 'NOT_FOUND', 'it is gone'))
end)
attempt(function() app:run() end)
''')
        self.assertEqual(out.count('called\t1'), 1, out)
        self.assertIn('in step 1 (apply): it is gone', out)
