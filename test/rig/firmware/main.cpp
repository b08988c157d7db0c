// A sketch as a program for this machine: its setup() and loop(), pins in memory with a plant behind them, and Serial on
// stdin and stdout. Ends when stdin closes. SIGUSR1 presses the stop button on pin 21 (normally closed: open is pressed), SIGUSR2
// keeps loop() from coming round for 200 ms while timers go on.
#include <Arduino.h>
#include <esp_timer.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <map>
#include <vector>

#include "bench.h"

namespace {

constexpr int kPins = 64;
constexpr float kFullDuty = 1023.0f;
constexpr int kStopPin = 21;
constexpr uint32_t kStepMicros = 1000;
constexpr uint64_t kMostMicrosARound = 20000;

struct Interrupt {
  void (*handler)(void*);
  void* argument;
};
struct Timer {
  void (*callback)(void*);
  void* argument;
  uint64_t period;
  uint32_t due;
};

int levels[kPins];
uint32_t duties[kPins];
std::map<int, Interrupt> interrupts;
std::map<int, long> encoders;
std::vector<Timer> timers;
std::vector<uint8_t> received;
bool ended = false;
volatile sig_atomic_t pressed = 0;
volatile sig_atomic_t stuck = 0;

uint64_t realMicros() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000ull + time.tv_nsec / 1000;
}

/// How long this process was kept waiting by others: a board has its processor for itself, and its time goes on only with it.
uint64_t waited = 0;

/// Starts 2 s before the µs counter wraps, so that every test crosses the wrap that a lab meets after 71 minutes.
uint32_t now() {
  static const uint64_t start = realMicros();
  return static_cast<uint32_t>(realMicros() - waited - start) - 2000000u;
}

void take(int waitMs) {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, waitMs) <= 0 || input.revents == 0) return;
  uint8_t bytes[256];
  const ssize_t length = read(STDIN_FILENO, bytes, sizeof bytes);
  if (length <= 0) ended = true;
  else received.insert(received.end(), bytes, bytes + length);
}

void runTimers() {
  for (Timer& timer : timers) {
    if (static_cast<int32_t>(now() - timer.due) < 0) continue;
    timer.due = now() + static_cast<uint32_t>(timer.period);
    timer.callback(timer.argument);
  }
}

}  // namespace

HardwareSerial Serial;

unsigned long micros() { return now(); }
void pinMode(uint8_t, uint8_t) {}
void digitalWrite(uint8_t pin, uint8_t value) { levels[pin] = value; }
int digitalRead(uint8_t pin) { return levels[pin]; }
int digitalPinToInterrupt(int pin) { return pin; }
void attachInterruptArg(uint8_t pin, void (*handler)(void*), void* argument, int) {
  interrupts[pin] = {handler, argument};
}
bool ledcAttach(uint8_t, uint32_t, uint8_t) { return true; }
bool ledcWrite(uint8_t pin, uint32_t duty) {
  duties[pin] = duty;
  return true;
}
void HardwareSerial::begin(unsigned long) {}
size_t HardwareSerial::setRxBufferSize(size_t size) { return size; }
int HardwareSerial::available() { return static_cast<int>(received.size()); }
size_t HardwareSerial::readBytes(uint8_t* buffer, size_t length) {
  memcpy(buffer, received.data(), length);
  received.erase(received.begin(), received.begin() + length);
  return length;
}
size_t HardwareSerial::write(const uint8_t* bytes, size_t length) {
  for (size_t sent = 0; sent < length;) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes + sent, length - sent);
    if (written <= 0) _exit(0);
    sent += written;
  }
  return length;
}
int esp_timer_create(const esp_timer_create_args_t* options, esp_timer_handle_t* handle) {
  timers.push_back({options->callback, options->arg, 0, 0});
  *handle = reinterpret_cast<esp_timer_handle_t>(timers.size());
  return 0;
}
int esp_timer_start_periodic(esp_timer_handle_t handle, uint64_t period) {
  Timer& timer = timers[reinterpret_cast<size_t>(handle) - 1];
  timer.period = period;
  timer.due = now() + static_cast<uint32_t>(period);
  return 0;
}

float driveOf(int forward, int backward, int enable, float friction) {
  if (levels[enable] == LOW) return 0.0f;
  const float duty = (static_cast<float>(duties[forward]) - static_cast<float>(duties[backward])) / kFullDuty;
  return fabsf(duty) <= friction ? 0.0f : duty - copysignf(friction, duty);
}

void turnEncoder(int pinA, int pinB, long counts) {
  // One count after another: A leads B while it turns forward.
  static const int kA[] = {0, 1, 1, 0};
  static const int kB[] = {0, 0, 1, 1};
  long& at = encoders[pinA];
  while (at != counts) {
    at += at < counts ? 1 : -1;
    const int phase = static_cast<int>(((at % 4) + 4) % 4);
    const int changed = levels[pinA] != kA[phase] ? pinA : pinB;
    levels[pinA] = kA[phase];
    levels[pinB] = kB[phase];
    const auto found = interrupts.find(changed);
    if (found != interrupts.end()) found->second.handler(found->second.argument);
  }
}

void setPin(int pin, int level) { levels[pin] = level; }

int main() {
  signal(SIGUSR1, [](int) { pressed = 1; });
  signal(SIGUSR2, [](int) { stuck = 1; });
  setup();
  uint32_t last = now();
  uint64_t round = realMicros();
  while (!ended) {
    if (received.empty()) take(1);
    levels[kStopPin] = pressed ? HIGH : LOW;
    const uint64_t real = realMicros();
    if (real - round > kMostMicrosARound) waited += real - round - kMostMicrosARound;
    round = real;
    const uint32_t time = now();
    uint32_t behind = time - last;
    for (; behind > kStepMicros; behind -= kStepMicros) stepPlant(kStepMicros * 1e-6f);
    stepPlant(static_cast<float>(behind) * 1e-6f);
    last = time;
    runTimers();
    if (stuck) {
      stuck = 0;
      const uint32_t until = now() + 200000;
      while (static_cast<int32_t>(now() - until) < 0) runTimers();
      round = realMicros();
    }
    loop();
  }
}
