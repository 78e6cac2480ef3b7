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

    WRITTEN = {
        "'a\\0b\\1'": r'"a\u0000b\u0001"', '{1, -0.0, 1.5, 2 ^ 53, 2 ^ 60, 0.1}': '[1,-0.0,1.5,9007199254740992,1.152921504606847e+18,0.1]',
        '{}': '{}', 'Qs.array {}': '[]', '{0/0, Qs.null}': '[null,null]', "{['k\\0'] = 'ü'}": r'{"k\u0000":"ü"}',
        '5LL': '5', '18446744073709551615ULL': '18446744073709551615', '{GLib.Variant.new_int64(4)}': '[4]',
        'Qs.null': 'null',
    }
    REFUSED = {
        '{1, nil, 3}': 'hole at 2', '{1, 2, x = 3}': 'strings and numbers as keys', '{[0] = 1}': 'the number 0 as a key',
        '{[1.5] = 1}': 'the number 1.5', '{[true] = 1}': 'a boolean as a key', 'print': 'a function', '{a = {b = {print}}}': r'at \.a\.b\[1\]',
        'coroutine.create(print)': 'a thread', 'io.stdout': 'a userdata', 'GLib.Bytes.new("x")': 'GLib.Bytes', 'cyclic': 'contains itself',
        'nested(5000)': '500 deep', "'\\255'": 'not UTF-8', "{['\\255'] = 1}": 'not UTF-8', "'\\237\\160\\128'": 'not UTF-8',
    }

    def test_exact(self):
        """A value is exact, converted by a rule, or refused with its type and what to use"""
        out = self.run_lua('''
local cyclic = {}
cyclic.a = {cyclic}
local function nested(n) return n > 0 and {nested(n - 1)} or 1 end
local topic = Qs.Topic {name = 'exact'}
local function text(value) return topic:serialize {value = value}.value:get_data() end
''' + ''.join(f'attempt(function() print(text({value})) end)\n' for value in [*self.WRITTEN, *self.REFUSED]) +
                           'print(#text(nested(499)))')
        lines = [line for line in out.splitlines() if line != 'nothing was raised']
        self.assertEqual(lines[:len(self.WRITTEN)], list(self.WRITTEN.values()))
        for line, (value, error) in zip(lines[len(self.WRITTEN):], self.REFUSED.items()):
            self.assertRegex(line, f"^Cannot serialize a value for topic 'exact': .*{error}", value)
        self.assertEqual(lines[len(self.WRITTEN) + len(self.REFUSED):], ['999'])

    def test_parts(self):
        """Keys, headers and timestamps are exact, or refused"""
        out = self.run_lua('''
local topic = Qs.Topic {name = 'parts'}
print(#topic:serialize {key = 'a\\0b', headers = {{'h', 'x\\0'}}}.key:get_data())
for _, wrong in ipairs {{key = 5}, {headers = {['a\\0'] = 'x'}}, {headers = {a = 5}}, {headers = {5}}, {headers = {['\\255'] = ''}},
                        {headers = 5}, {timestamp = -5}, {timestamp = 1.5}, {timestamp = '5'}} do
   attempt(function() topic:serialize(wrong) end)
end
''')
        self.assertEqual(out.splitlines()[0], '3')
        for line, error in zip(out.splitlines()[1:], [
                'takes bytes', 'without NUL', 'not a number', 'a pair of a name and a value, not a number', 'UTF-8', 'not a number',
                'not -5', 'not 1.5', 'not a string']):
            self.assertIn(error, line)

    def test_numbers(self):
        """A property refuses a number or a boolean that lgi would change"""
        out = self.run_lua('''
for _, wrong in ipairs {{max_restarts = 1.5}, {max_restarts = 0/0}, {drain = 'false'}, {drain = 0}} do
   wrong.broker_address = 'embedded'
   attempt(function() Qs.Application(wrong) end)
end
local app = Qs.Application {broker_address = 'embedded', max_restarts = 5, drain = true}
attempt(function() app.drain = 'no' end)
print(app.max_restarts, app.drain)
''')
        lines = out.splitlines()
        self.assertEqual([line.partition(',')[0] for line in lines[:5]], [
            *['max-restarts is an integer'] * 2, *['drain is true or false'] * 3])
        self.assertEqual(lines[5:], ['5\ttrue'])

    # Each was a null, no header or no end instead; with what is said about it.
    LOST = {
        "produce {val = 'x'}": "knows no 'val': its names are key, value, headers, timestamp, partition",
        "produce('x')": 'a table of key, value, headers, timestamp, partition, not a string',
        "produce {'k', 'v'}": "knows no '1'",
        'produce()': 'not nil',
        'serialize {val = 1}': "knows no 'val'",
        'serialize(5)': 'not a number',
        "produce {value = 'x', partition = 1.5}": 'not 1.5',
        "produce {value = 'x', partition = -2}": 'not -2',
        "produce {value = 'x', partition = 2 ^ 31}": 'not 2147483648',
        "produce {value = 'x', partition = '0'}": 'not a string',
        'serialize {value = 1, partition = -2}': 'not -2',
        "produce {value = 'x', headers = {{'a', 'b'}, c = 'd'}}": 'not both',
        'wait(0/0)': 'nan is no number',
        'flush(0/0)': 'nan is no number',
        "state:set('k', 1, 0/0)": 'ttl is NaN',
    }

    def test_lost(self):
        """What nobody would read, and a number that is none, is refused"""
        out = self.run_lua('''
local Lost = Qs.StatefulSource:derive('Lost')
function Lost:do_run()
''' + ''.join('attempt(function() self%s%s end)\n' % ('.' if call.startswith('state') else ':', call)
                      for call in self.LOST) + '''
   self:produce(self:serialize {value = 1, partition = 0})
end
local app = Qs.Application {broker_address = 'embedded'}
attempt(function() app:dataframe {src = Lost {name = 'lost'}} end)
local topic = app:add_source(Lost {name = 'lost'})
app:run()
print(#app.embedded_broker:dup_messages(topic))
''')
        lines = [line for line in out.splitlines() if 'src' not in line]
        self.assertEqual(len(lines), len(self.LOST) + 1, out)
        for line, (call, error) in zip(lines, self.LOST.items()):
            self.assertIn(error, line, call)
        self.assertEqual(lines[-1], '1')
        self.assertIn("dataframe() knows no 'src'", out)

    def test_raised(self):
        """Whatever is raised is the source's error, even if it has no text or no stack is left"""
        for raised, text in {
                'error(setmetatable({}, {__tostring = function() error("inner") end}))': 'a table',
                'error(setmetatable({}, {__tostring = function() return 5 end}))': 'a table',
                'error({a = 1})': 'a table', 'error(nil)': 'nil',
                'local function f() return 1 + f() end f()': 'stack overflow'}.items():
            with self.subTest(raised=raised):
                out = self.run_lua(f'try(function() {raised} end)')
                self.assertIn('failed\tQs.SourceError\tFAILED', out)
                self.assertRegex(out, rf"source 'tries' \(pid \d+\): .*{text}\n")

    def test_state(self):
        """A state keeps keys and values as they are; a stored null is nil; set() takes a ttl"""
        out = self.run_lua('''
local Keeps = Qs.StatefulSource:derive('Keeps')
function Keeps:do_run()
   local values = {a = 1, ['a\\0b'] = 'x\\0y', [''] = 1.5, f = false, big = 4611686018427387905LL}
   for key, value in pairs(values) do
      self.state:set(key, value)
   end
   self.state:set('a\\0c', Qs.null)
   self:flush()
   for key, value in pairs(values) do
      if self.state:get(key, 'fallback') ~= value or not self.state:contains(key) then
         print('wrong', key)
      end
   end
   print(self.state:get('a\\0c', 'fallback'), self.state:contains('a\\0c'), self.state:get('missing', 'fallback'))
   print((table.concat(self.state:keys('a'), ','):gsub('%z', '.')))
   self.state:set('nul\\0b', 1)
   self.state:set('nul\\0a', 1)
   print(#self.state:keys('nul\\0'), self.state:keys('nul')[1] == 'nul\\0a')
   self.state:set_with_ttl('short', 'x', 0.05)
   print(self.state:get_with_fallback('missing', 'other'))
   self:flush()
   self:wait(0.2)
   print(self.state:get('short'))
   for _, wrong in ipairs {0/0, 18446744073709551615ULL, print, '\\255', {1, nil, 3}} do
      attempt(function() self.state:set('wrong', wrong) end)
   end
   for _, wrong in ipairs {5, '\\255', {}} do
      attempt(function() self.state:set(wrong, 1) end)
   end
   print(self.state:contains('wrong'))
   io.stdout:flush()
end
local app = Qs.Application {broker_address = 'embedded'}
app:add_source(Keeps {name = 'keeps'})
app:run()
''')
        lines = out.splitlines()
        self.assertEqual(lines[:5], ['nil\ttrue\tfallback', 'a,a.b,a.c', '2\ttrue', 'other', 'nil'])
        for line, error in zip(lines[5:13], ['nan', 'int64', 'a function', 'not UTF-8', 'hole', 'not a number', 'UTF-8', 'not a table']):
            self.assertIn(error, line)
        self.assertEqual(lines[13:], ['false'])

    def test_end(self):
        """A worker ends as Lua ends: files are written out, finalizers are called"""
        for end in ('', "error('sorry')"):
            with self.subTest(end=end):
                out = self.run_lua(f'''
local Some = Qs.Source:derive('Some')
function Some:do_run()
   kept = io.open('kept', 'w')
   kept:write('text')
   collected = newproxy(true)
   getmetatable(collected).__gc = function() print('collected', Qs.is_worker()) end
   {end}
end
local app = Qs.Application {{broker_address = 'embedded'}}
app:add_source(Some {{name = 'some'}})
attempt(function() app:run() end)
print(Qs.is_worker() and 'the worker goes on' or 'done')
''')
                self.assertEqual((self.directory / 'kept').read_text(), 'text')
                self.assertIn('collected\ttrue', out)
                self.assertEqual(out.splitlines()[-1], 'done')
                self.assertNotIn('the worker goes on', out)

    def test_own_serializers(self):
        """Functions and tables of functions are serializers, and get values of Lua as they are"""
        out = self.run_lua('''
local own = {serialize = function(value) return type(value) end, deserialize = function(data) return data end}
for _, serializer in ipairs {own, own.serialize} do
   print(Qs.Topic {name = 'own', value_serializer = serializer}:serialize {value = print}.value:get_data())
end
for _, wrong in ipairs {{}, 5} do
   attempt(function() return Qs.Topic {name = 'own', value_serializer = wrong} end)
end
attempt(function() return Qs.Topic {name = 'own', value_serializer = function() end}:serialize {value = 1} end)
''')
        lines = out.splitlines()
        self.assertEqual(lines[:2], ['function', 'function'])
        for line, error in zip(lines[2:], ['not a table', 'not a number', 'do_serialize() returned nil']):
            self.assertIn(error, line)

    def test_skip(self):
        """errors = 'skip' and 'dead-letter' hold for whatever can't be serialized"""
        out = self.run_lua('''
local BAD = {function() end, coroutine.create(print), '\\255', {1, nil, 3}, io.stdout}
BAD[#BAD + 1] = {BAD}
local Bad = Qs.Source:derive('Bad')
function Bad:do_run()
   for _, value in ipairs(BAD) do
      self:produce_value(nil, value)
      self:produce(self:serialize {value = value})
   end
   self:produce {value = 'good', headers = {['\\255'] = ''}}
   self:produce {value = 'good', timestamp = 0.5}
   self:produce {value = 5}
   self:produce_value(nil, 1)
end
local app = Qs.Application {broker_address = 'embedded'}
for _, errors in ipairs {'skip', 'dead-letter'} do
   app:add_source(Bad {name = errors, errors = errors})
end
app:run()
for _, topic in ipairs {'source__skip', 'source__dead-letter', 'dead-letter__source__dead-letter'} do
   print(#app.embedded_broker:dup_messages(topic))
end
''')
        self.assertEqual(out.split(), ['1', '1', '15'])

    def test_results(self):
        """What would do its work later is refused; 0 and {} are success, false says what it is"""
        out = self.run_lua('''
local RESULTS = {coroutine = coroutine.create(print), func = print, no = false, zero = 0, empty = {}, text = ''}
local Returns = Qs.Source:derive('Returns')
function Returns:do_run() return RESULTS[self.name] end
local returning = Qs.Application {broker_address = 'embedded'}
function returning.on_source_failed(_, source, err)
   print(source.name, err.message)
   return true
end
for name in pairs(RESULTS) do
   returning:add_source(Returns {name = name})
end
returning:run()
local app = Qs.Application {broker_address = 'embedded', drain = true}
local One = Qs.Source:derive('One')
function One:do_run() self:produce {value = '1'} end
local frame = app:dataframe {source = One {name = 'one'}}
for _, step in ipairs {'apply', 'filter', 'update', 'sink'} do
   attempt(function() frame[step](frame, 5) end)
end
frame:filter(function() return coroutine.create(print) end)
attempt(function() app:run() end)
''')
        for name, what in ('coroutine', 'a coroutine'), ('func', 'a function'), ('no', 'false, which is a failure'):
            self.assertRegex(out, rf'{name}\t.*do_run\(\) returned {what}')
        self.assertEqual(out.count('do_run() returned'), 3)
        for step in 'apply', 'filter', 'update', 'sink':
            self.assertIn(f'the function of {step}() must be a function, not a number', out)
        self.assertIn('the function of filter() returned a coroutine', out)

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
            '1\tnull\tx\t0\tnil', 'a function is no value of JSON; use a table, a string, a number, a boolean or Qs.null',
            
            'a table has a boolean as a key; a key of JSON is a string, or 1, 2, 3 ... of an array'])

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

    def test_dataframe(self):
        """Values are passed on as they are; branches are nothing to each other; nothing foreign ends it"""
        out = self.run_lua('''
local Foreign = Qs.Source:derive('Foreign')
function Foreign:do_run()
   for _, value in ipairs {'{"a":"x\\\\u0000y"}', '{"a":9223372036854775807}', 'false'} do
      self:produce {key = 'k\\0', value = value, headers = {h = '\\0'}, timestamp = 5}
   end
   self:produce {}
end
local app = Qs.Application {broker_address = 'embedded', auto_offset_reset = 'earliest', drain = true}
local frame = app:dataframe {source = Foreign {name = 'foreign'}}
frame:print()
local own = frame:filter(function(value) return type(value) == 'table' end):apply(function(value)
   value.changed = function() return 7 end
   return value
end)
local seen = {}
own:sink(function(value) seen[#seen + 1] = value.changed() end)
frame:sink(function(value, record)
   seen[#seen + 1] = tostring(type(value) == 'table' and value.changed) .. '@' .. record.offset .. '@' .. #(record.key or '')
end)
local changed = own:apply(function(value) return {a = {value.a, 1}} end)
   :set_headers(function() return {x = 'y'} end):set_timestamp(function(_, record) return record.timestamp + 1 end)
changed:expand(function(value) return value.a end):to_topic('out', function(_, record) return tostring(record.offset) end)
app:run()
io.stdout:flush()
print(table.concat(seen, ' '))
for _, message in ipairs(app.embedded_broker:dup_messages('out')) do
   local key, value, headers = Qs.unpack_message(message)
   print(key, value, message.timestamp, #headers)
end
''')
        lines = out.splitlines()
        self.assertEqual(lines[:4], [r'{"a":"x\u0000y"}', '{"a":9223372036854775807}', 'false', 'null'])
        self.assertEqual(lines[4], '7 nil@0@2 7 nil@1@2 false@2@2 false@3@0')
        self.assertEqual(lines[5:], [r'0	"x\u0000y"	6	1'.replace(r'\t', '\t'), '0\t1\t6\t1', '1\t9223372036854775807\t6\t1',
                                     '1\t1\t6\t1'])

    def test_rows(self):
        """dup_rows() has what came out of each branch, as records of plain values"""
        out = self.run_lua('''
local Three = Qs.Source:derive('Three')
function Three:do_run()
   for _, value in ipairs {'1', '[2]'} do
      self:produce {key = 'k', value = value, timestamp = 5}
   end
   self:produce {key = 'k', timestamp = 5}
end
local app = Qs.Application {broker_address = 'embedded', auto_offset_reset = 'earliest', drain = true,
   collect = true}
local frame = app:dataframe {source = Three {name = 'three'}}
frame:apply(function(value) return {value = value} end):set_timestamp(function() return 7 end)
   :set_headers(function() return {h = 'x'} end)
frame:filter(function(value) return value == 1 end)
frame:filter(function(value) return value == nil end)
app:run()
for _, row in ipairs(app:dup_rows()) do
   print(row.topic, row.offset, row.key, row.timestamp, row.headers and row.headers:get_length() or 0,
      type(row.value) == 'table' and type(row.value.value) or row.value, row:get_value() == nil)
end
app.collect = false
app:run()
print(#app:dup_rows())
''')
        self.assertEqual([line.split('\t') for line in out.splitlines()], [
            ['source__three', '0', 'k', '7', '1', 'number', 'false'],
            ['source__three', '0', 'k', '5', '0', '1', 'false'],
            ['source__three', '1', 'k', '7', '1', 'table', 'false'],
            ['source__three', '2', 'k', '7', '1', 'nil', 'false'],
            ['source__three', '2', 'k', '5', '0', 'nil', 'true'], ['0']])

    def test_dataframe_errors(self):
        """An error of a step is asked about once, and has the step"""
        out = self.run_lua('''
local Numbers = Qs.Source:derive('Numbers')
function Numbers:do_run()
   for i = 0, 2 do
      self:produce {value = tostring(i)}
   end
end
local app = Qs.Application {broker_address = 'embedded', auto_offset_reset = 'earliest', drain = true}
local frame = app:dataframe {source = Numbers {name = 'numbers'}}
frame:apply(function(value) return value > 0 and error('too far') or value end)
frame:sink(function(value) print('other branch', value) end)
function app.on_processing_error(_, record, err)
   print('asked', record.offset, err.message)
   return record.offset == 1
end
attempt(function() app:run() end)
''')
        lines = out.splitlines()
        self.assertEqual(lines[0], 'other branch\t0')
        self.assertRegex(lines[1], r'^asked\t1\tCannot process the record of topic .*, offset 1 in step 1 \(apply\): .*too far')
        self.assertEqual(lines[2], 'other branch\t1')
        self.assertRegex(lines[3], r'^asked\t2\t.*too far')
        self.assertRegex(lines[4], r'^Cannot process the record .*offset 2 in step 1 \(apply\): .*too far')

    def test_expand(self):
        """What expand() cannot pass on whole is refused before any of it is passed on"""
        out = self.run_lua('''
local One = Qs.Source:derive('One')
function One:do_run() self:produce {value = '1'} end
for i, items in ipairs {{1, nil, 3}, {[2] = 1}, {1, a = 2}, {a = 1}, {[1.5] = 1}, 'text', {}, {false, Qs.null, 1}} do
   local app = Qs.Application {broker_address = 'embedded', auto_offset_reset = 'earliest', drain = true}
   local frame = app:dataframe {source = One {name = 'one' .. i}}
   frame:expand(function() return items end):sink(function(value) print('item', value) end)
   attempt(function() app:run() end)
end
''')
        errors = [line for line in out.splitlines() if 'Cannot expand' in line and 'stack' not in line]
        self.assertEqual(len(errors), 6, out)
        for line, error in zip(errors, ['item 2 of 2', 'item 1 of 1', 'item 2 of 2', 'item 1 of 1', 'item 1 of 1', 'a string']):
            self.assertIn(error, line)
        self.assertEqual([line for line in out.splitlines() if line.startswith('item')],
                         ['item\tfalse', 'item\tnil', 'item\t1'])

    def test_callbacks(self):
        """What a callback raises while run() waits is the source's failure; fail() takes any error"""
        for body in ("error('in a callback')", "self:fail('in a callback')",
                     "self:fail(GLib.Error(Gio.IOErrorEnum, 'FAILED', 'in a callback'))"):
            out = self.run_lua('''
local Waits = Qs.Source:derive('W')
function Waits:do_setup()
   GLib.timeout_add(GLib.PRIORITY_DEFAULT, 10, function() %s end)
end
local app = Qs.Application {broker_address = 'embedded', run_timeout = 30}
app:add_source(Waits {name = 'waits'})
attempt(function() app:run() end)
''' % body)
            self.assertRegex(out, "source 'waits' .*in a callback", body)

    def test_coroutines(self):
        """What a coroutine of lgi's raises is the source's failure, or that of its call"""
        out = self.run_lua('''
local Reads = Qs.Source:derive('Reads')
function Reads:do_setup()
   Gio.Async.start(function()
      local data = Gio.File.new_for_path(arg[0]):async_load_contents()
      self:produce {value = 'read'}
      if self.name == 'bad' then
         error('in a coroutine', 0)
      end
      self:stop()
   end)()
end
for _, name in ipairs {'good', 'bad'} do
   local app = Qs.Application {broker_address = 'embedded', run_timeout = 30}
   app:add_source(Reads {name = name})
   attempt(function() app:run() end)
end
print(Gio.Async.call(function(...) return ... end)(1, nil, 3))
attempt(Gio.Async.call(function() error('called', 0) end))
''')
        self.assertRegex(out, "^(nothing was raised\n)+source 'bad' .*: in a coroutine\n(.*\n)*1\tnil\t3\ncalled\n$")

    def test_coroutines_collected(self):
        """Waits of coroutines outlive collections; each kind of name that lgi has for them"""
        out = self.run_lua('''
collectgarbage('setpause', 1)
collectgarbage('setstepmul', 1000000)
local loop = GLib.MainLoop()
local n = 0
local function one()
   Gio.Async.start(function()
      assert(#Gio.File.new_for_path(arg[0]):async_load_contents() > 0)
      collectgarbage('step', 20)
      if n % 100 == 0 then
         local process = Gio.Subprocess.new({'true'}, 'NONE')
         assert(process:async_wait())
         local address, err = Gio.async_dbus_address_get_stream('unix:path=/nowhere')
         assert(not address and err)
      end
      n = n + 1
      if n == 500 then loop:quit() else one() end
   end)()
end
one()
loop:run()
for _, way in ipairs {'at once', 'after a wait'} do
   attempt(Gio.Async.call(function()
      if way == 'after a wait' then
         Gio.File.new_for_path(arg[0]):async_load_contents()
      end
      error(way, 0)
   end))
end
print(n, Gio.Async.call(function(...) return ... end)(1, nil, 3))
''')
        self.assertEqual(out, 'at once\nafter a wait\n500\t1\tnil\t3\n')

    def test_texts(self):
        """Keys, and errors, have all of their text"""
        out = self.run_lua('''
local Keys = Qs.Source:derive('Keys')
function Keys:do_run()
   if self.name == 'fails' then
      error('a\\0b \\255', 0)
   end
   self:produce(self:serialize {key = 'a\\0b', value = 1})
   self:produce {key = '', value = '2'}
   self:produce {value = '3'}
end
local app = Qs.Application {broker_address = 'embedded', auto_offset_reset = 'earliest', drain = true}
local topic = Qs.Topic {name = 'keys', key_serializer = 'string'}
app:dataframe({topic = topic, source = Keys {name = 'keys'}}):update(function(value, record)
   print(value, record.key == nil and 'nil' or (record.key:gsub('%z', '%%0')))
end)
app:run()
app = Qs.Application {broker_address = 'embedded'}
app:add_source(Keys {name = 'fails'})
attempt(function() app:run() end)
''')
        self.assertRegex(out, r"^1\ta%0b\n2\t\n3\tnil\nsource 'fails' .*: a\\x00b \\xff\n")

    def test_names(self):
        """A name of ours that would mean something else is refused with the reason, any other works"""
        out = self.run_lua('''
io.stdout:setvbuf('no')
local Own = Qs.StatefulSource:derive('Own')
local REFUSED = {'errors', 'running', 'name', 'state', 'partition', 'shutdown_timeout', 'store_name'}
for _, name in ipairs(Qs.is_worker() and {} or REFUSED) do
   attempt(function() Own[name] = function() end end)
   attempt(function() Own[name] = 0 end)
end
for _, name in ipairs {'connect', 'topic', 'status', 'producer'} do
   Own[name] = function() return name end
end
Own.stats = {5}
function Own:do_run()
   print(self:connect(), self:topic(), self:status(), self:producer(), self.stats[1])
   io.stdout:flush()
   self:produce(self:serialize {value = 1})
   self:produce_value(nil, 2)
end
local Plain = Qs.Source:derive('Plain')
function Plain:state() end
local app = Qs.Application {broker_address = 'embedded'}
local topic = app:add_source(Own {name = 'own'})
app:run()
for _, message in ipairs(app.embedded_broker:dup_messages(topic)) do
   print((select(2, Qs.unpack_message(message))))
end
''')
        lines = out.splitlines()
        self.assertRegex(lines[0], ': Own cannot define errors: it says what becomes of a record')
        for line in lines[:14]:
            self.assertIn('cannot define', line)
        self.assertEqual(lines[14:], ['connect\ttopic\tstatus\tproducer\t5', '1', '2'])

    def test_memory(self):
        """What is taken out of a message lasts as long as it is used"""
        out = self.run_lua('''
local topic = Qs.Topic {name = 'kept'}
local kept = {}
for i = 1, 500 do
   local message = topic:serialize {key = 'k' .. i, value = i, headers = {{'n', 'h' .. i}}}
   kept[i] = {message.key, message.value, message:get_headers(), message.headers:get_value(0), message.headers:lookup('n')}
end
collectgarbage()
collectgarbage()
for i, parts in ipairs(kept) do
   local text = {parts[1]:get_data(), parts[2]:get_data(), parts[3]:get_name(0), parts[4]:get_data(), parts[5]:get_data()}
   assert(table.concat(text, ' ') == ('k%d %d n h%d h%d'):format(i, i, i, i))
end
local Headers = Qs.Source:derive('Headers')
function Headers:do_run()
   for i = 1, 500 do
      self:produce {value = tostring(i), headers = {{'n', 'h' .. i}}}
   end
end
local app = Qs.Application {broker_address = 'embedded', auto_offset_reset = 'earliest', drain = true}
app:dataframe({source = Headers {name = 'headers'}}):update(function(value, record)
   local headers = record.headers
   for _ = 1, 20 do
      assert(headers:get_length() == 1 and headers:get_value(0):get_data() == 'h' .. value)
   end
end)
attempt(function() app:run() end)
''')
        self.assertEqual(out, 'nothing was raised\n')

    def test_async(self):
        """async_run() is for coroutines, and the main context has its turns"""
        out = self.run_lua('''
local One = Qs.Source:derive('One')
local say = Qs.is_worker() and function() end or print
function One:do_run()
   if self.name == 'fails' then
      error('wrong', 0)
   end
end
local n_turns = 0
local function run(name)
   local app = Qs.Application {broker_address = 'embedded'}
   app:add_source(One {name = name})
   return app:async_run()
end
Gio.Async.call(function()
   GLib.idle_add(GLib.PRIORITY_DEFAULT, function()
      n_turns = n_turns + 1
      return n_turns < 3
   end)
   say(run('one'))
   say(n_turns)
   attempt(function() run('fails') end)
end)()
attempt(function() run('one') end)
''')
        self.assertRegex(out, "^true\n3\nsource 'fails' .*: wrong\n(.*\n)*.*: async_run\\(\\) is for a coroutine")

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
app:dataframe(nil, One {name = 'one'}):apply(function(value)
   print('called', value)
   error(GLib.Error(Gio.IOErrorEnum, 'NOT_FOUND', 'it is gone'))
end)
attempt(function() app:run() end)
''')
        self.assertEqual(out.count('called\t1'), 1, out)
        self.assertIn('in step 1 (apply): it is gone', out)
