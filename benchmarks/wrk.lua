-- Send the requests of a file in turn, look at every answer, and write the figures as one line of JSON.
-- Arguments: the file (for each request its length, a new line, its bytes) and the number of threads.
-- With PAUSE_MS in the environment each connection waits so long between two requests, on average.

local threads = {}
local pause = tonumber(os.getenv("PAUSE_MS") or "0")

if pause > 0 then
   function delay() return math.random(0, 2 * pause) end
end

function setup(thread)
   thread:set("index", #threads)
   table.insert(threads, thread)
end

function init(arguments)
   local file = io.open(arguments[1], "rb")
   local of_all = tonumber(arguments[2])
   local position = 0
   requests, sent, received, wrong = {}, 0, 0, 0
   for length in function() return file:read("*n") end do
      file:read(1)
      local bytes = file:read(length)
      if position % of_all == index then table.insert(requests, bytes) end
      position = position + 1
   end
   file:close()
   count = #requests
end

function request()
   sent = sent + 1
   return requests[(sent - 1) % count + 1]
end

function response(status, headers, body)
   received = received + 1
   if status ~= 200 or not string.find(body, "<Response", 1, true) then wrong = wrong + 1 end
end

function done(summary, latency, _)
   local calls, unanswered, wrongs = 0, 0, 0
   for _, thread in ipairs(threads) do
      calls = calls + math.min(thread:get("sent"), thread:get("count"))
      unanswered = unanswered + thread:get("sent") - thread:get("received")
      wrongs = wrongs + thread:get("wrong")
   end
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.timeout
   io.write(string.format(
      '\n{"seconds": %f, "answers": %d, "wrong": %d, "failed": %d, "calls": %d, "unanswered": %d, ' ..
      '"p50_ms": %f, "p99_ms": %f}\n',
      summary.duration / 1e6, summary.requests, wrongs, failed, calls, unanswered,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
