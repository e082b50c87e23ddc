#include "app/web_assets/web_assets.h"

#include <algorithm>
#include <stdexcept>

namespace threadkeep {

namespace {
constexpr std::string_view start_path = "/index.html";
}

const WebAsset* find_asset(std::string_view path) {
  if (path == "/") path = start_path;
  const std::span<const WebAsset> assets = web_assets();
  const auto found = std::ranges::lower_bound(assets, path, {}, &WebAsset::path);
  return found != assets.end() && found->path == path ? &*found : nullptr;
}

const WebAsset& start_page() {
  const WebAsset* page = find_asset(start_path);
  if (page == nullptr) throw std::logic_error("the web client has no index.html");
  return *page;
}

}  // namespace threadkeep
