-- Shared by the wrk scripts: the lines of a file, new ULIDs, and the result as one JSON line that bench/lib/wrk.mjs reads.
local ffi = require("ffi")
ffi.cdef("struct moment { long seconds, microseconds; }; int gettimeofday(struct moment *now, void *zone);")

local common = {}

function common.lines(path)
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line
  end
  return lines
end

-- A random seed that differs for each thread and run; `thread_number` is set by setup().
local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("thread_number", threads)
end

local now = ffi.new("struct moment")
local function now_ms()
  ffi.C.gettimeofday(now, nil)
  return tonumber(now.seconds) * 1000 + math.floor(tonumber(now.microseconds) / 1000)
end

function common.seed()
  ffi.C.gettimeofday(now, nil)
  math.randomseed(tonumber(now.seconds) % 100000 * 1000000 + tonumber(now.microseconds) + thread_number * 7919)
end

local letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
local pairs_of_letters = {}
for i = 0, 1023 do
  local high, low = math.floor(i / 32) + 1, i % 32 + 1
  pairs_of_letters[i] = letters:sub(high, high) .. letters:sub(low, low)
end

function common.ulid()
  local two, random, ms = pairs_of_letters, math.random, now_ms()
  return two[math.floor(ms / 2 ^ 40)] .. two[math.floor(ms / 2 ^ 30) % 1024] .. two[math.floor(ms / 2 ^ 20) % 1024]
    .. two[math.floor(ms / 2 ^ 10) % 1024] .. two[ms % 1024]
    .. two[random(0, 1023)] .. two[random(0, 1023)] .. two[random(0, 1023)] .. two[random(0, 1023)]
    .. two[random(0, 1023)] .. two[random(0, 1023)] .. two[random(0, 1023)] .. two[random(0, 1023)]
end

-- wrk counts answers of 400 and above as status errors; bench/run has looked at the exact status and body before.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"bytes":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,'
      .. '"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}\n',
    summary.requests, summary.bytes, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end

return common
