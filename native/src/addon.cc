// The border to JavaScript (Node-API). Nothing that is handed in may end the process: every value is asked for its type
// and length, and what does not fit becomes an Error with a code and a sentence.
#include <node_api.h>

#include <cstdio>
#include <string>
#include <vector>

#include "execute.h"
#include "levels.h"

namespace foresight {
namespace {

constexpr napi_type_tag PROGRAM_TAG = {0x9d1f2f6e0c1b4a57, 0xa3b8e0d4c6f71295};

napi_value fail(napi_env env, const char* code, const std::string& sentence) {
  napi_throw_error(env, code, sentence.c_str());
  return nullptr;
}

struct Handle {
  std::unique_ptr<Program> program;
  int64_t bytes = 0;
};

struct Typed {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
};

bool typedArray(napi_env env, napi_value value, Typed& typed) {
  bool is = false;
  if (napi_is_typedarray(env, value, &is) != napi_ok || !is) return false;
  return napi_get_typedarray_info(env, value, &typed.type, &typed.length, &typed.data, nullptr, nullptr) == napi_ok;
}

bool property(napi_env env, napi_value object, const char* name, napi_value& value) {
  napi_valuetype type;
  if (napi_typeof(env, object, &type) != napi_ok || type != napi_object) return false;
  return napi_get_named_property(env, object, name, &value) == napi_ok;
}

bool wordsOf(napi_env env, napi_value object, const char* name, bool floats, Typed& typed) {
  napi_value value;
  if (!property(env, object, name, value) || !typedArray(env, value, typed)) return false;
  return typed.type == napi_int32_array || (floats && typed.type == napi_float32_array);
}

bool numberOf(napi_env env, napi_value object, const char* name, int64_t& number) {
  napi_value value;
  double read = 0;
  if (!property(env, object, name, value) || napi_get_value_double(env, value, &read) != napi_ok) return false;
  if (!(read >= 0 && read <= 9e15)) return false;
  number = static_cast<int64_t>(read);
  return static_cast<double>(number) == read;
}

bool extentsOf(napi_env env, napi_value object, const char* name, std::vector<Extent>& extents) {
  Typed typed;
  if (!wordsOf(env, object, name, false, typed) || typed.length % 2 != 0) return false;
  const int32_t* pairs = static_cast<const int32_t*>(typed.data);
  for (size_t i = 0; i < typed.length; i += 2) {
    if (pairs[i] < 0 || (pairs[i + 1] != KIND_WORDS && pairs[i + 1] != KIND_BYTES)) return false;
    extents.push_back({pairs[i], pairs[i + 1]});
  }
  return true;
}

bool levelOf(napi_env env, napi_value object, const Kernels*& kernels) {
  napi_value value;
  napi_valuetype type;
  kernels = defaultLevel();
  if (!property(env, object, "level", value) || napi_typeof(env, value, &type) != napi_ok) return false;
  if (type == napi_undefined) return true;
  char name[16];
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, name, sizeof name, &length) != napi_ok) return false;
  kernels = levelNamed(name);
  return true;
}

void finalize(napi_env env, void* data, void*) {
  Handle* handle = static_cast<Handle*>(data);
  int64_t now;
  napi_adjust_external_memory(env, -handle->bytes, &now);
  delete handle;
}

int64_t bytesOf(const Program& program) {
  size_t floats = program.constants.floats() + program.arena.floats() + program.local.floats() + program.scratch.floats();
  for (const auto& matmul : program.matmuls) floats += matmul->packed.floats() + matmul->shared.addedFloats();
  return static_cast<int64_t>(floats * sizeof(float));
}

napi_value createProgramCall(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count < 1) {
    return fail(env, "ARGUMENT", "createProgram wants a description.");
  }
  Description description{};
  int64_t abi = 0;
  Typed code, constants;
  if (!numberOf(env, argument, "abi", abi) || abi != ABI_VERSION) {
    return fail(env, "PROGRAM", "The program is not of encoding version " + std::to_string(ABI_VERSION) + ".");
  }
  if (!wordsOf(env, argument, "code", false, code) || !wordsOf(env, argument, "constants", true, constants) ||
      !numberOf(env, argument, "arenaWords", description.arenaWords) ||
      !numberOf(env, argument, "localWords", description.localWords) ||
      !extentsOf(env, argument, "inputs", description.inputs) || !extentsOf(env, argument, "outputs", description.outputs)) {
    return fail(env, "ARGUMENT",
                "createProgram wants { abi, code: Int32Array, constants: Float32Array or Int32Array, arenaWords, localWords, "
                "inputs: Int32Array of pairs, outputs: Int32Array of pairs }.");
  }
  if (!levelOf(env, argument, description.kernels)) return fail(env, "ARGUMENT", "The level is not a name.");
  if (description.kernels == nullptr) {
    return fail(env, "UNAVAILABLE", "This processor does not have the vectors asked for (fused multiply-add at least); use ONNX Runtime.");
  }
  // A copy, because JavaScript may change its array between two reads of it.
  const std::vector<int32_t> words(static_cast<const int32_t*>(code.data), static_cast<const int32_t*>(code.data) + code.length);
  description.code = words.data();
  description.codeWords = words.size();
  description.constants = constants.data;
  description.constantWords = constants.length;
  std::string error;
  auto handle = std::make_unique<Handle>();
  handle->program = createProgram(description, error);
  if (handle->program == nullptr) return fail(env, "PROGRAM", error);
  handle->bytes = bytesOf(*handle->program);
  napi_value object;
  if (napi_create_object(env, &object) != napi_ok ||
      napi_wrap(env, object, handle.get(), finalize, nullptr, nullptr) != napi_ok) {
    return fail(env, "PROGRAM", "The program could not be handed over.");
  }
  int64_t now;
  napi_adjust_external_memory(env, handle->bytes, &now);
  handle.release();
  napi_type_tag_object(env, object, &PROGRAM_TAG);
  return object;
}

Handle* handleOf(napi_env env, napi_value value) {
  napi_valuetype type;
  bool is = false;
  void* data = nullptr;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object) return nullptr;
  if (napi_check_object_type_tag(env, value, &PROGRAM_TAG, &is) != napi_ok || !is) return nullptr;
  return napi_unwrap(env, value, &data) == napi_ok ? static_cast<Handle*>(data) : nullptr;
}

/** The elements of an array that should have `wanted`. Reading one can run a getter of the caller's. */
bool elementsOf(napi_env env, napi_value array, size_t wanted, const char* side, std::vector<napi_value>& values, std::string& error) {
  bool is = false;
  uint32_t length = 0;
  if (napi_is_array(env, array, &is) != napi_ok || !is || napi_get_array_length(env, array, &length) != napi_ok ||
      length != wanted) {
    error = "run wants an array of " + std::to_string(wanted) + " " + side + "s.";
    return false;
  }
  values.resize(length);
  for (uint32_t i = 0; i < length; i++) {
    if (napi_get_element(env, array, i, &values[i]) == napi_ok) continue;
    error = std::string("The ") + side + " " + std::to_string(i) + " cannot be read.";
    return false;
  }
  return true;
}

/** Their memory, each as long as the program was told and of the fitting type. */
bool bind(napi_env env, const std::vector<napi_value>& values, const std::vector<Extent>& extents, const char* side,
          std::vector<void*>& bound, std::string& error) {
  for (size_t i = 0; i < values.size(); i++) {
    Typed typed;
    const bool bytes = extents[i].kind == KIND_BYTES;
    if (!typedArray(env, values[i], typed) ||
        (bytes ? typed.type != napi_uint8_array : typed.type != napi_float32_array && typed.type != napi_int32_array)) {
      error = std::string("The ") + side + " " + std::to_string(i) + " is not a " + (bytes ? "Uint8Array." : "Float32Array or Int32Array.");
      return false;
    }
    if (typed.length < static_cast<size_t>(extents[i].words)) {
      error = std::string("The ") + side + " " + std::to_string(i) + " has " + std::to_string(typed.length) + " elements, the program wants " +
              std::to_string(extents[i].words) + ".";
      return false;
    }
    bound.push_back(typed.data);
  }
  return true;
}

napi_value runCall(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok || count < 3) {
    return fail(env, "ARGUMENT", "run wants a program, its inputs and its outputs.");
  }
  Handle* handle = handleOf(env, arguments[0]);
  if (handle == nullptr || handle->program == nullptr) {
    return fail(env, "ARGUMENT", "run wants a program of createProgram that was not disposed of.");
  }
  Program& program = *handle->program;
  std::vector<napi_value> inputValues, outputValues;
  std::vector<void*> inputs, outputs;
  std::string error;
  if (program.used) return fail(env, "ARGUMENT", "This program is running already.");
  // A getter could dispose of the program or detach an array: the program is held, and no array is looked at before the
  // last getter has run.
  program.used = true;
  const bool fits = elementsOf(env, arguments[1], program.inputs.size(), "input", inputValues, error) &&
                    elementsOf(env, arguments[2], program.outputs.size(), "output", outputValues, error) &&
                    bind(env, inputValues, program.inputs, "input", inputs, error) &&
                    bind(env, outputValues, program.outputs, "output", outputs, error);
  const bool done = fits && execute(program, std::vector<const void*>(inputs.begin(), inputs.end()), outputs, error);
  program.used = false;
  if (!done) return fail(env, fits ? "INDEX" : "ARGUMENT", error);
  return nullptr;
}

napi_value disposeCall(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count < 1) {
    return fail(env, "ARGUMENT", "dispose wants a program.");
  }
  Handle* handle = handleOf(env, argument);
  if (handle == nullptr) return fail(env, "ARGUMENT", "dispose wants a program of createProgram.");
  if (handle->program == nullptr) return nullptr;
  if (handle->program->used) return fail(env, "ARGUMENT", "This program is running.");
  handle->program.reset();
  int64_t now;
  napi_adjust_external_memory(env, -handle->bytes, &now);
  handle->bytes = 0;
  return nullptr;
}

napi_value levelsCall(napi_env env, napi_callback_info) {
  napi_value names;
  napi_create_array(env, &names);
  uint32_t i = 0;
  for (const Kernels* level : availableLevels()) {
    napi_value name;
    napi_create_string_utf8(env, level->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, i++, name);
  }
  return names;
}

/** For tests and diagnoses: bytes of the packed constants of all programs of the process. */
napi_value packedBytesCall(napi_env env, napi_callback_info) {
  napi_value bytes;
  return napi_create_double(env, static_cast<double>(sharedBytes()), &bytes) == napi_ok ? bytes : nullptr;
}

napi_value init(napi_env env, napi_value exports) {
  const Kernels* level = defaultLevel();
  napi_value version, name;
  napi_create_int32(env, ABI_VERSION, &version);
  napi_create_string_utf8(env, level == nullptr ? "" : level->name, NAPI_AUTO_LENGTH, &name);
  const napi_property_descriptor properties[] = {
      {"version", nullptr, nullptr, nullptr, nullptr, version, napi_enumerable, nullptr},
      {"level", nullptr, nullptr, nullptr, nullptr, name, napi_enumerable, nullptr},
      {"levels", nullptr, levelsCall, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"createProgram", nullptr, createProgramCall, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"run", nullptr, runCall, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"packedBytes", nullptr, packedBytesCall, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"dispose", nullptr, disposeCall, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
  return exports;
}

}  // namespace
}  // namespace foresight

extern "C" NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  return foresight::init(env, exports);
}

extern "C" NAPI_MODULE_EXPORT int32_t node_api_module_get_api_version_v1() { return 8; }
