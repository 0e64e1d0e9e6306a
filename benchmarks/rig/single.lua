-- One request again and again. TARGET names a Lua file: {method, path, headers, body}.
local target = dofile(os.getenv("TARGET"))
local prepared

function init()
  prepared = wrk.format(target.method, target.path, target.headers, target.body)
end

function request()
  return prepared
end

function done(summary, latency)
  io.write(string.format(
    '{"done": %d, "failed": %d, "microseconds": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout,
    summary.duration, latency:percentile(50), latency:percentile(99)))
end
