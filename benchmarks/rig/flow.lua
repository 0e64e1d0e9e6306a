-- Sign-ins answered by a session, with PKCE and an ID token: authorize, then redeem the code. With `refresh`, each
-- connection redeems one code and then refreshes for good; only the refreshes count, from when all have begun.
-- TARGET names a Lua file: {authorize, token, cookie, form, refresh, addresses}.
local target = dofile(os.getenv("TARGET"))
local as_form = { ["Content-Type"] = "application/x-www-form-urlencoded" }
local codes, refreshes = {}, {}
local asked = 0
local connections = tonumber(os.getenv("CONNECTIONS"))
redeemed, failed, redeeming, counted, began, ended = 0, 0, 0, 0, 0, 0

local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, nanoseconds; } moment; int clock_gettime(int clock, moment *found);")
local moment = ffi.new("moment")

local function microseconds()
  ffi.C.clock_gettime(1, moment) -- CLOCK_MONOTONIC
  return tonumber(moment.seconds) * 1e6 + tonumber(moment.nanoseconds) / 1e3
end

function setup(thread)
  worker = thread
end

function request()
  local token = table.remove(refreshes)
  if token then
    return wrk.format("POST", target.token, as_form, target.refresh .. token)
  end
  local code = table.remove(codes)
  if code then
    redeeming = redeeming + 1
    return wrk.format("POST", target.token, as_form, target.form .. code)
  end
  asked = asked + 1
  local headers = { ["Cookie"] = target.cookie }
  if target.addresses then -- one browser an address: sign-ins are limited by address
    headers["X-Forwarded-For"] = string.format("10.%d.%d.1", math.floor(asked / 250) % 16, asked % 250)
  end
  return wrk.format("GET", target.authorize, headers)
end

function response(status, headers, body)
  if status >= 400 then
    failed = failed + 1
  elseif status >= 300 then
    local code = string.match(headers["Location"] or headers["location"] or "", "[?&]code=([^&]+)")
    if code then
      codes[#codes + 1] = code
    else
      failed = failed + 1
    end
  else
    redeemed = redeemed + 1
    if not target.refresh then
      counted = counted + 1
    elseif began == 0 and redeeming >= connections and redeemed >= redeeming then
      began = microseconds()
    elseif began > 0 then
      counted, ended = counted + 1, microseconds()
    end
    if target.refresh then
      local token = string.match(body, '"refresh_token": ?"([^"]+)"')
      if token then
        refreshes[#refreshes + 1] = token
      else
        failed = failed + 1
      end
    end
  end
end

function done(summary, latency)
  local count, spent = worker:get("counted"), summary.duration
  if target.refresh then
    spent = math.max(1, worker:get("ended") - worker:get("began"))
  end
  local lost = summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format(
    '{"done": %d, "failed": %d, "microseconds": %d, "p50": %d, "p99": %d}\n',
    count, worker:get("failed") + lost, spent, latency:percentile(50), latency:percentile(99)))
end
