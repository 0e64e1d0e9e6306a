-- Sign-ins answered by a session, with PKCE and an ID token: authorize, then redeem the code. With `refresh`, each
-- connection redeems one code and then refreshes for good; only the refreshes count.
-- TARGET names a Lua file: {authorize, token, cookie, form, refresh, addresses}.
local target = dofile(os.getenv("TARGET"))
local as_form = { ["Content-Type"] = "application/x-www-form-urlencoded" }
local codes, refreshes = {}, {}
local asked = 0
redeemed, failed, redeeming = 0, 0, 0

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
  local count = worker:get("redeemed")
  if target.refresh then
    count = count - worker:get("redeeming")
  end
  local lost = summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format(
    '{"done": %d, "failed": %d, "microseconds": %d, "p50": %d, "p99": %d}\n',
    count, worker:get("failed") + lost, summary.duration, latency:percentile(50), latency:percentile(99)))
end
