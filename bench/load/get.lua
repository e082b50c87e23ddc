-- wrk -s get.lua URL -- PATHS_FILE: GET of a path from the file, at random.
local common = require("common")
local requests = {}

function init(arguments)
  common.seed()
  for _, path in ipairs(common.lines(arguments[1])) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  return requests[math.random(#requests)]
end
