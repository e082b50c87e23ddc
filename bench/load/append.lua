-- wrk -s append.lua URL -- PATHS_FILE TEXTS_FILE: POST of a new message to a path from the file, at random.
-- The texts are all of one length, so that everything but the id is made once.
local common = require("common")
local heads, tails = {}, {}

function init(arguments)
  common.seed()
  local paths, texts = common.lines(arguments[1]), common.lines(arguments[2])
  local opening = '{"id":"'
  for i, text in ipairs(texts) do
    local role = i % 2 == 0 and "assistant" or "user"
    tails[i] = string.format('","role":"%s","content":[{"type":"text","text":"%s"}]}', role, text)
  end
  local headers = { ["Content-Type"] = "application/json" }
  for i, path in ipairs(paths) do
    heads[i] = {}
    for k, tail in ipairs(tails) do
      local body = opening .. string.rep("0", 26) .. tail
      local whole = wrk.format("POST", path, headers, body)
      heads[i][k] = whole:sub(1, #whole - 26 - #tail)
    end
  end
end

function request()
  local tail = math.random(#tails)
  return heads[math.random(#heads)][tail] .. common.ulid() .. tails[tail]
end
