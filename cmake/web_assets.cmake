# threadkeep_web_assets_library(NAME DIST_FOLDER)
# A static library NAME with src/app/web_assets and the files of DIST_FOLDER, packed again whenever one of them is
# changed, added or removed. DIST_FOLDER may be built after cmake ran. An empty one: the page without a client.
function(threadkeep_web_assets_library name dist)
  set(folder ${PROJECT_SOURCE_DIR}/src/app/web_assets)
  set(sources ${folder}/web_assets.cpp ${folder}/web_asset_response.cpp)
  if(dist STREQUAL "")
    add_library(${name} STATIC ${sources} ${folder}/no_web_client.cpp)
  else()
    find_program(NODE node REQUIRED)
    set(pack ${PROJECT_SOURCE_DIR}/scripts/pack-web-assets.mjs)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/${name})
    add_custom_command(
      OUTPUT ${out}/web_asset_table.cpp ${out}/web_asset_bytes.S ${out}/web_asset_bytes.bin
      COMMAND ${NODE} ${pack} ${dist} ${out}
      DEPENDS ${pack}
      DEPFILE ${out}/web_assets.d
      COMMENT "Packing the web client"
      VERBATIM)
    add_library(${name} STATIC ${sources} ${out}/web_asset_table.cpp ${out}/web_asset_bytes.S)
    # What .incbin reads is no dependency that the compiler reports.
    set_source_files_properties(${out}/web_asset_bytes.S PROPERTIES OBJECT_DEPENDS ${out}/web_asset_bytes.bin)
  endif()
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PUBLIC threadkeep_http)
endfunction()
