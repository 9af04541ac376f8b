-- Requests of wrk: lists, and the given number of creates per ten requests, for the users in turn.

local tokens = {}
local creates = 0
local turn = 0

function init(arguments)
    for token in io.lines(arguments[1]) do
        tokens[#tokens + 1] = token
    end
    creates = tonumber(arguments[2])
end

function request()
    turn = turn + 1
    local headers = { Authorization = "Bearer " .. tokens[turn % #tokens + 1] }
    if turn % 10 >= creates then
        return wrk.format("GET", "/api/v1/tasks", headers)
    end
    headers["Content-Type"] = "application/json"
    local task = string.format('{"title": "Water the tomatoes, turn %d"}', turn)
    return wrk.format("POST", "/api/v1/tasks", headers, task)
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %f, "p50": %f, "p95": %f, "p99": %f, "errors": %d}\n',
        summary.requests,
        summary.duration / 1e6,
        latency:percentile(50) / 1e3,
        latency:percentile(95) / 1e3,
        latency:percentile(99) / 1e3,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout
    ))
end
