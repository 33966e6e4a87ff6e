# vitrail_add_library(NAME source... [LINK library...] [DEPENDS target...])
#
# A static library of the compiler: compiled as LLVM is (no exceptions), against
# the shared libMLIR and libLLVM.
function(vitrail_add_library name)
  cmake_parse_arguments(arg "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  vitrail_compile_like_llvm(${name})
  target_link_libraries(${name} PUBLIC ${arg_LINK})
  if(arg_DEPENDS)
    add_dependencies(${name} ${arg_DEPENDS})
  endif()
endfunction()

# vitrail_add_tool(NAME source... [LINK library...])
function(vitrail_add_tool name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  vitrail_compile_like_llvm(${name})
  target_link_libraries(${name} PRIVATE ${arg_LINK})
endfunction()

# The flags and include folders of code that includes MLIR's headers.
function(vitrail_compile_like_llvm name)
  target_include_directories(${name} PUBLIC
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
  target_include_directories(${name} SYSTEM PUBLIC
    ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_options(${name} PRIVATE
    -Wall -Wextra -Wno-unused-parameter -fno-exceptions)
  target_link_libraries(${name} PUBLIC MLIR LLVM)
  target_link_options(${name} PUBLIC -fuse-ld=lld)
endfunction()
