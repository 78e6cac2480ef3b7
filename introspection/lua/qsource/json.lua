-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- Values of Lua to JSON and back: each is exact, converted by a rule that
-- doc/languages.md has, or refused with its type and what to use.

local has_ffi, ffi = pcall(require, 'ffi')

local M = {}

-- null, which a table can't hold otherwise, and what marks a table as an array.
M.null = setmetatable({}, {__tostring = function() return 'null' end})
M.array_mt = {}

-- As deep as the library reads.
local MAX_DEPTH = 500
-- How much of the path to a value an error contains.
local MAX_PATH = 12

local MAX_INTEGER = 2 ^ 53
local huge, floor = math.huge, math.floor
local byte, char, find, format, gsub, sub = string.byte, string.char, string.find, string.format, string.gsub, string.sub
local concat = table.concat

-- Text ------------------------------------------------------------------------

-- Of what follows each first byte: the number of bytes, and what the second one may be.
local LEAD = {}
for b = 0xc2, 0xdf do LEAD[b] = {1, 0x80, 0xbf} end
for b = 0xe0, 0xef do LEAD[b] = {2, b == 0xe0 and 0xa0 or 0x80, b == 0xed and 0x9f or 0xbf} end
for b = 0xf0, 0xf4 do LEAD[b] = {3, b == 0xf0 and 0x90 or 0x80, b == 0xf4 and 0x8f or 0xbf} end

-- Whether @text is UTF-8; it may hold NUL.
function M.is_text(text)
   local at = find(text, '[\128-\255]')
   while at do
      local lead = LEAD[byte(text, at)]
      if not lead then
         return false
      end
      local n, low, high = lead[1], lead[2], lead[3]
      local second = byte(text, at + 1)
      if not second or second < low or second > high then
         return false
      end
      for i = at + 2, at + n do
         local b = byte(text, i)
         if not b or b < 0x80 or b > 0xbf then
            return false
         end
      end
      at = find(text, '[\128-\255]', at + n + 1)
   end
   return true
end

local is_text = M.is_text

-- @text for an error: UTF-8 on one line, whatever it is.
function M.quote(text)
   if not is_text(text) then
      text = gsub(text, '[\128-\255]', function(c) return format('\\x%02x', byte(c)) end)
   end
   return (gsub(text, '[%z\1-\31]', function(c) return format('\\x%02x', byte(c)) end))
end

-- @text as C can hold it: UTF-8 without NUL.
function M.clean(text)
   return is_text(text) and (gsub(text, '%z', '\\x00')) or M.quote(text)
end

-- What a value is, as an error names it.
function M.describe(value)
   local kind = type(value)
   if kind == 'userdata' then
      -- Not tostring() alone, which an object of somebody else's may refuse.
      local ok, text = pcall(tostring, value)
      return ok and ('a userdata (%s)'):format((text:gsub(' 0x%x+', ''))) or 'a userdata'
   elseif kind == 'nil' then
      return 'nil'
   end
   return 'a ' .. kind
end

-- Writing ---------------------------------------------------------------------

local ESCAPES = {['"'] = '\\"', ['\\'] = '\\\\', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t'}
for b = 0, 31 do
   ESCAPES[char(b)] = ESCAPES[char(b)] or format('\\u%04x', b)
end

local Writer = {}
Writer.__index = Writer

function Writer:fail(text)
   local path = {}
   for i = 1, math.min(#self.path, MAX_PATH) do
      local key = self.path[i]
      path[i] = type(key) == 'number' and format('[%d]', key) or '.' .. M.quote(key)
   end
   local at = concat(path)
   error(at == '' and text or ('%s (at %s%s)'):format(text, at, #self.path > MAX_PATH and '...' or ''), 0)
end

function Writer:string(value)
   if find(value, '[\128-\255]') and not is_text(value) then
      self:fail('a string is not UTF-8, so no text of JSON; produce it as bytes, or encode it')
   end
   if find(value, '[%c"\\]') then
      value = gsub(value, '[%z\1-\31"\\]', ESCAPES)
   end
   return '"' .. value .. '"'
end

local function number_text(value)
   local text = format('%.15g', value)
   if tonumber(text) ~= value then
      text = format('%.16g', value)
      if tonumber(text) ~= value then
         text = format('%.17g', value)
      end
   end
   -- Whatever the locale's decimal point is.
   text = gsub(text, ',', '.')
   return find(text, '[.e]') and text or text .. '.0'
end

function Writer:number(value)
   if value ~= value or value == huge or value == -huge then
      if self.exact then
         self:fail(('%s is no number of JSON; use Qs.null or a string'):format(tostring(value)))
      end
      return 'null'
   elseif value == floor(value) and value >= -MAX_INTEGER and value <= MAX_INTEGER and
      (value ~= 0 or 1 / value > 0) then
      return format('%d', value)
   end
   return number_text(value)
end

-- An array has the keys 1 ... n, and no others.
function Writer:table(value)
   if self.parents[value] then
      self:fail('a table contains itself; JSON has no word for that')
   elseif self.depth >= MAX_DEPTH then
      self:fail(('tables are nested more than %d deep; use fewer levels'):format(MAX_DEPTH))
   end
   self.parents[value] = true
   self.depth = self.depth + 1
   local at = #self.path + 1

   local n, n_strings, first_other = 0, 0, nil
   for key in next, value do
      local kind = type(key)
      n = n + 1
      if kind == 'string' then
         n_strings = n_strings + 1
      elseif kind ~= 'number' or key < 1 or key ~= floor(key) then
         first_other = key
      end
   end
   local is_array = getmetatable(value) == M.array_mt or n > 0 and n_strings < n
   local parts = {}
   if first_other ~= nil then
      self:fail(('a table has %s as a key; a key of JSON is a string, or 1, 2, 3 ... of an array')
         :format(type(first_other) == 'number' and 'the number ' .. tostring(first_other) or M.describe(first_other)))
   elseif is_array and n_strings > 0 then
      self:fail('a table has strings and numbers as keys, so is no array and no object; use two tables')
   elseif is_array then
      for i = 1, n do
         local item = value[i]
         if item == nil then
            self:fail(('an array has a hole at %d; use Qs.null'):format(i))
         end
         self.path[at] = i
         parts[i] = self:write(item)
      end
   else
      for key, item in next, value do
         self.path[at] = key
         parts[#parts + 1] = self:string(key) .. ':' .. self:write(item)
      end
   end
   self.path[at] = nil
   self.parents[value] = nil
   self.depth = self.depth - 1
   return is_array and '[' .. concat(parts, ',') .. ']' or '{' .. concat(parts, ',') .. '}'
end

-- What others can make JSON of: true and the text. Set by qsource.lua.
function M.write_foreign()
   return false
end

function Writer:write(value)
   local kind = type(value)
   if kind == 'string' then
      return self:string(value)
   elseif kind == 'number' then
      return self:number(value)
   elseif value == nil or value == M.null then
      return 'null'
   elseif kind == 'boolean' then
      return value and 'true' or 'false'
   elseif kind == 'table' then
      return self:table(value)
   elseif kind == 'cdata' and (ffi.istype('int64_t', value) or ffi.istype('uint64_t', value)) then
      return (gsub(tostring(value), 'U?LL$', ''))
   end
   local ok, text = M.write_foreign(value)
   if ok then
      return text
   end
   self:fail(('%s is no value of JSON; use a table, a string, a number, a boolean or Qs.null'):format(M.describe(value)))
end

-- The JSON text of @value. @exact: what JSON has no word for is refused; otherwise
-- nan and the infinities become null.
function M.write(value, exact)
   return Writer.write(setmetatable({path = {}, parents = {}, depth = 0, exact = exact}, Writer), value)
end

-- Reading ---------------------------------------------------------------------

local function fail_at(text, at, what)
   error(('this is no JSON: %s at byte %d'):format(what, at - 1), 0)
end

local UNESCAPES = {b = '\b', f = '\f', n = '\n', r = '\r', t = '\t', ['"'] = '"', ['\\'] = '\\', ['/'] = '/'}

local function utf8_char(code)
   if code < 0x80 then
      return char(code)
   elseif code < 0x800 then
      return char(0xc0 + floor(code / 64), 0x80 + code % 64)
   elseif code < 0x10000 then
      return char(0xe0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64)
   end
   return char(0xf0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64, 0x80 + floor(code / 64) % 64,
               0x80 + code % 64)
end

local function read_unicode(text, at)
   local hex = text:match('^%x%x%x%x', at + 2)
   local code = hex and tonumber(hex, 16)
   if not code then
      fail_at(text, at, 'a wrong escape')
   elseif code >= 0xd800 and code <= 0xdbff then
      local low = text:match('^\\u([dD][c-fC-F]%x%x)', at + 6)
      if not low then
         fail_at(text, at, 'half of a surrogate pair')
      end
      return utf8_char(0x10000 + (code - 0xd800) * 1024 + tonumber(low, 16) - 0xdc00), at + 12
   elseif code >= 0xdc00 and code <= 0xdfff then
      fail_at(text, at, 'half of a surrogate pair')
   end
   return utf8_char(code), at + 6
end

-- @at: of the quote.
local function read_string(text, at)
   local stop = find(text, '["\\%z\1-\31]', at + 1)
   if stop and byte(text, stop) == 34 then
      return sub(text, at + 1, stop - 1), stop + 1
   end
   local parts, from = {}, at + 1
   while true do
      if not stop then
         fail_at(text, at, 'a string without an end')
      end
      parts[#parts + 1] = sub(text, from, stop - 1)
      local c = byte(text, stop)
      if c == 34 then
         return concat(parts), stop + 1
      elseif c ~= 92 then
         fail_at(text, stop, 'a control character in a string')
      end
      local letter = sub(text, stop + 1, stop + 1)
      if letter == 'u' then
         parts[#parts + 1], from = read_unicode(text, stop)
      else
         parts[#parts + 1] = UNESCAPES[letter] or fail_at(text, stop, 'a wrong escape')
         from = stop + 2
      end
      stop = find(text, '["\\%z\1-\31]', from)
   end
end

-- An integer that a number of Lua can't hold.
local function read_long(digits)
   if not has_ffi then
      error(('the integer %s is beyond 2^53, where numbers of Lua 5.1 lose digits; LuaJIT reads it'):format(digits), 0)
   end
   local negative = sub(digits, 1, 1) == '-'
   local rest = negative and sub(digits, 2) or digits
   local limit = negative and '9223372036854775808' or '18446744073709551615'
   if #rest > #limit or #rest == #limit and rest > limit then
      return tonumber(digits)             -- as everywhere in the library: a double
   end
   local value = ffi.new('uint64_t', 0)
   for i = 1, #rest do
      value = value * 10 + (byte(rest, i) - 48)
   end
   if negative then
      return -ffi.cast('int64_t', value)
   end
   local is_signed = #rest < 19 or #rest == 19 and rest <= '9223372036854775807'
   return is_signed and ffi.cast('int64_t', value) or value
end

local function read_number(text, at)
   local integer, stop = text:match('^(%-?%d+)()', at)
   if not integer or find(integer, '^%-?0%d') then
      fail_at(text, at, 'a wrong number')
   end
   local rest, after = text:match('^(%.%d+)()', stop)
   local exponent, last = text:match('^([eE][+-]?%d+)()', after or stop)
   if not rest and not exponent then
      local value = tonumber(integer)
      if value > -MAX_INTEGER and value < MAX_INTEGER then
         return integer == '-0' and 0 or value, stop
      end
      return read_long(integer), stop
   end
   local value = tonumber(integer .. (rest or '') .. (exponent or ''))
   if not value then        -- where the locale's decimal point is a comma
      value = tonumber(((integer .. (rest or '') .. (exponent or '')):gsub('%.', ',')))
   end
   if value == huge or value == -huge then
      fail_at(text, at, 'a number that is beyond all that a number can be')
   end
   return value, last or after
end

local WORDS = {t = {'true', true}, f = {'false', false}, n = {'null', M.null}}

local read_value

local function read_array(text, at, depth)
   local items, n = setmetatable({}, M.array_mt), 0
   at = find(text, '[^ \t\r\n]', at + 1)
   if at and byte(text, at) == 93 then
      return items, at + 1
   end
   while true do
      n = n + 1
      items[n], at = read_value(text, at or #text + 1, depth)
      at = find(text, '[^ \t\r\n]', at)
      local c = at and byte(text, at)
      if c == 93 then
         return items, at + 1
      elseif c ~= 44 then
         fail_at(text, at or #text + 1, "no ',' or ']'")
      end
      at = at + 1
   end
end

local function read_object(text, at, depth)
   local members, key = {}, nil
   at = find(text, '[^ \t\r\n]', at + 1)
   if at and byte(text, at) == 125 then
      return members, at + 1
   end
   while true do
      at = find(text, '[^ \t\r\n]', at or #text + 1)
      if not at or byte(text, at) ~= 34 then
         fail_at(text, at or #text + 1, 'no name of a member')
      end
      key, at = read_string(text, at)
      at = find(text, '[^ \t\r\n]', at)
      if not at or byte(text, at) ~= 58 then
         fail_at(text, at or #text + 1, "no ':'")
      end
      members[key], at = read_value(text, at + 1, depth)
      at = find(text, '[^ \t\r\n]', at)
      local c = at and byte(text, at)
      if c == 125 then
         return members, at + 1
      elseif c ~= 44 then
         fail_at(text, at or #text + 1, "no ',' or '}'")
      end
      at = at + 1
   end
end

function read_value(text, at, depth)
   at = find(text, '[^ \t\r\n]', at)
   local c = at and byte(text, at)
   if not c then
      fail_at(text, #text + 1, 'no value')
   elseif c == 34 then
      return read_string(text, at)
   elseif c == 123 or c == 91 then
      if depth == 0 then
         fail_at(text, at, ('more than %d arrays and objects in each other'):format(MAX_DEPTH * 2))
      end
      return (c == 123 and read_object or read_array)(text, at, depth - 1)
   elseif c == 45 or c >= 48 and c <= 57 then
      return read_number(text, at)
   end
   local word = WORDS[char(c)]
   if not word or sub(text, at, at + #word[1] - 1) ~= word[1] then
      fail_at(text, at, 'no value')
   end
   return word[2], at + #word[1]
end

-- What the JSON text says; its null is Qs.null.
function M.read(text)
   if not is_text(text) then
      error('this is no JSON: it is not UTF-8', 0)
   end
   local value, at = read_value(text, 1, MAX_DEPTH * 2)
   at = find(text, '[^ \t\r\n]', at)
   if at then
      fail_at(text, at, 'something after the value')
   end
   return value
end

return M
