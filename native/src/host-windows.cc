// Node-API on Windows. A DLL names the file that it takes a function from, and whoever runs us is called node.exe, electron.exe
// or foresight.exe. So nothing is imported by name of a file: the functions are looked up in the running program, and the
// places that the compiler's calls go through (__imp_NAME, because the header declares them as imported) are ours and filled
// while the DLL is loaded. A function that is missing makes loading fail, which Node reports as an error like any other.
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

// What addon.cc calls. One that is not listed does not link.
#define FORESIGHT_NODE_API(X)                                                                                          \
  X(napi_adjust_external_memory)                                                                                       \
  X(napi_check_object_type_tag)                                                                                        \
  X(napi_create_array)                                                                                                 \
  X(napi_create_double)                                                                                                \
  X(napi_create_int32)                                                                                                 \
  X(napi_create_object)                                                                                                \
  X(napi_create_string_utf8)                                                                                           \
  X(napi_define_properties)                                                                                            \
  X(napi_get_array_length)                                                                                             \
  X(napi_get_cb_info)                                                                                                  \
  X(napi_get_element)                                                                                                  \
  X(napi_get_named_property)                                                                                           \
  X(napi_get_typedarray_info)                                                                                          \
  X(napi_get_value_double)                                                                                             \
  X(napi_get_value_string_utf8)                                                                                        \
  X(napi_is_array)                                                                                                     \
  X(napi_is_typedarray)                                                                                                \
  X(napi_set_element)                                                                                                  \
  X(napi_throw_error)                                                                                                  \
  X(napi_type_tag_object)                                                                                              \
  X(napi_typeof)                                                                                                       \
  X(napi_unwrap)                                                                                                       \
  X(napi_wrap)

extern "C" {
#define X(name) FARPROC __imp_##name = nullptr;
FORESIGHT_NODE_API(X)
#undef X
}

namespace {

/** In the program itself; a Node that was built as a library has them there. */
FARPROC find(const char* name) {
  FARPROC found = GetProcAddress(GetModuleHandleW(nullptr), name);
  if (found != nullptr) return found;
  HMODULE library = GetModuleHandleW(L"libnode.dll");
  return library == nullptr ? nullptr : GetProcAddress(library, name);
}

bool findAll() {
#define X(name) \
  if ((__imp_##name = find(#name)) == nullptr) return false;
  FORESIGHT_NODE_API(X)
#undef X
  return true;
}

}  // namespace

extern "C" BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) {
  return reason != DLL_PROCESS_ATTACH || findAll() ? TRUE : FALSE;
}
