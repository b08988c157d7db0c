// What the add-on needs of a C++ library, so that the shipped binaries carry none and depend on none: memory, the text
// functions of <string>, and the guards of local statics. It is part of the shipped builds only (sources.json), which are
// compiled against libc++'s headers; a local build links the library of its compiler.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

// Memory that cannot be had ends the process here, as in V8 around it: without exceptions there is no other way out of a
// constructor. What a program asks for in bulk comes from Buffer, which reports it.
void* operator new(std::size_t bytes) {
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

// A local static is made once: bit 0 of the guard's first byte says that it is there (the compiler looks at it), its second
// byte is taken by the thread that makes it. Making one takes microseconds, so others spin.
extern "C" int __cxa_guard_acquire(uint64_t* guard) {
  unsigned char* bytes = reinterpret_cast<unsigned char*>(guard);
  while (__atomic_exchange_n(bytes + 1, 1, __ATOMIC_ACQUIRE) != 0) {
    if (__atomic_load_n(bytes, __ATOMIC_ACQUIRE) != 0) return 0;
  }
  if (__atomic_load_n(bytes, __ATOMIC_ACQUIRE) == 0) return 1;
  __atomic_store_n(bytes + 1, 0, __ATOMIC_RELEASE);
  return 0;
}
extern "C" void __cxa_guard_release(uint64_t* guard) {
  unsigned char* bytes = reinterpret_cast<unsigned char*>(guard);
  __atomic_store_n(bytes, 1, __ATOMIC_RELEASE);
  __atomic_store_n(bytes + 1, 0, __ATOMIC_RELEASE);
}

_LIBCPP_BEGIN_NAMESPACE_STD

// A container's own check that failed: a mistake of ours, nothing that an input can cause.
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) noexcept { std::abort(); }

template class basic_string<char>;

namespace {
template <class Number>
string decimal(const char* format, Number number) {
  char text[24];
  std::snprintf(text, sizeof text, format, number);
  return text;
}
}  // namespace

string to_string(int number) { return decimal("%d", number); }
string to_string(unsigned number) { return decimal("%u", number); }
string to_string(long number) { return decimal("%ld", number); }
string to_string(unsigned long number) { return decimal("%lu", number); }
string to_string(long long number) { return decimal("%lld", number); }
string to_string(unsigned long long number) { return decimal("%llu", number); }

_LIBCPP_END_NAMESPACE_STD
