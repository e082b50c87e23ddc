// web_assets() of a build with THREADKEEP_WEB=OFF.
#include "app/web_assets/web_assets.h"

namespace threadkeep {

std::span<const WebAsset> web_assets() {
  static constexpr std::string_view page = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Threadkeep</title>
<p>This build of Threadkeep has no web client. The API answers under <code>/api</code>.
<p><code>make run</code> builds and starts the one with the client.
</html>
)";
  static constexpr WebAsset assets[] = {{.path = "/index.html",
                                         .content_type = "text/html; charset=utf-8",
                                         .identity = {page, "\"no-web-client\""},
                                         .gzip = {},
                                         .brotli = {},
                                         .is_immutable = false}};
  return assets;
}

}  // namespace threadkeep
