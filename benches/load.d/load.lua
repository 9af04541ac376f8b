-- Requests of wrk. LOAD_USERS is a file with one user per line, tab-separated: token, e-mail address, ETag of
-- the list, comma-separated ids of tasks. LOAD_OPERATION is one of the operations below, LOAD_PASSWORD the
-- password of all users. operations.py defines the same requests for paced.py: change both.
local TASKS = "/api/v1/tasks"
local random = math.random
local users, threads, choose = {}, {}, nil

function setup(thread)
  threads[#threads + 1] = thread
end

local function with_json(text)
  return "Content-Type: application/json\r\nContent-Length: " .. #text .. "\r\n\r\n" .. text
end
local NEW = with_json('{"title":"Write the weekly report 00","description":"Collect the figures and send them"}')
local CHANGED = with_json('{"title":"Write the weekly report 01","description":"Collect the figures and mail them","completed":false}')

local function one_of(list) return list[random(#list)] end
local function path_of_one(user) return TASKS .. "/" .. one_of(user.tasks) end

local operations = {}
function operations.list(user)
  return "GET " .. TASKS .. "?limit=50 HTTP/1.1\r\n" .. user.head .. "\r\n"
end
function operations.conditional(user)
  return "GET " .. TASKS .. "?limit=50 HTTP/1.1\r\n" .. user.head .. "If-None-Match: " .. user.etag .. "\r\n\r\n"
end
function operations.page(user)
  return "GET /tasks?status=all HTTP/1.1\r\n" .. user.host .. "Cookie: docket_access=" .. user.token .. "\r\n\r\n"
end
function operations.get(user)
  return "GET " .. path_of_one(user) .. " HTTP/1.1\r\n" .. user.head .. "\r\n"
end
function operations.create(user)
  return "POST " .. TASKS .. " HTTP/1.1\r\n" .. user.head .. NEW
end
function operations.put(user)
  return "PUT " .. path_of_one(user) .. " HTTP/1.1\r\n" .. user.head .. CHANGED
end
function operations.patch(user)
  return "PATCH " .. path_of_one(user) .. " HTTP/1.1\r\n" .. user.head .. CHANGED
end
function operations.static(user)
  return "GET /static/app.css HTTP/1.1\r\n" .. user.host .. "\r\n"
end
function operations.toggle(user)
  return "POST " .. path_of_one(user) .. "/toggle HTTP/1.1\r\n" .. user.head .. "Content-Length: 0\r\n\r\n"
end
-- Each task once: the first of each user, then the second, and so on.
local deleted = tonumber(os.getenv("LOAD_DELETED") or "0")
function operations.delete()
  local user = users[deleted % #users + 1]
  local id = assert(user.tasks[math.floor(deleted / #users) + 1], "no task is left")
  deleted = deleted + 1
  return "DELETE " .. TASKS .. "/" .. id .. " HTTP/1.1\r\n" .. user.head .. "\r\n"
end
operations["sign-in"] = function(user)
  return "POST /api/v1/auth/login HTTP/1.1\r\n" .. user.host .. user.credentials
end

local reads = { operations.list, operations.list, operations.list, operations.get }
local writes = { operations.create, operations.put, operations.toggle }
function operations.mixed(user)
  local chance = random() * 100
  if chance < 80 then return one_of(reads)(user) end
  if chance < 95 then return one_of(writes)(user) end
  return operations["sign-in"](user)
end

function init()
  local host = "Host: " .. wrk.headers["Host"] .. "\r\n"
  local password = os.getenv("LOAD_PASSWORD")
  for line in io.lines(os.getenv("LOAD_USERS")) do
    local token, email, etag, ids = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local tasks = {}
    for id in ids:gmatch("[^,]+") do tasks[#tasks + 1] = id end
    users[#users + 1] = {
      token = token, etag = etag, tasks = tasks, host = host,
      head = host .. "Authorization: Bearer " .. token .. "\r\n",
      credentials = with_json('{"email":"' .. email .. '","password":"' .. password .. '"}'),
    }
  end
  math.randomseed(20240229)
  choose = assert(operations[os.getenv("LOAD_OPERATION")], "no such operation")
end

function request() return choose(one_of(users)) end

-- Inspecting responses slows wrk down, so only those that may be rejections are inspected.
refused = 0
if os.getenv("LOAD_COUNT_REFUSED") then
  function response(status)
    if status == 503 then refused = refused + 1 end
  end
end

function done(summary, latency)
  local errors, all = summary.errors, 0
  for _, thread in ipairs(threads) do all = all + thread:get("refused") end
  local function percentile(share) return latency:percentile(share) / 1000 end
  io.write(string.format('RESULT {"answers":%d,"seconds":%.4f,"bytes":%d,"refused":%d,"p50":%.3f,"p95":%.3f,"p99":%.3f,' ..
    '"max":%.3f,"errors":{"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d}}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, all, percentile(50), percentile(95), percentile(99),
    latency.max / 1000, errors.status - all, errors.connect, errors.read, errors.write, errors.timeout))
end
