// The sketch's protocol part as a program for the host: bytes over stdin and stdout, a cart-pole's equations where the
// motor and the encoders would be. Ends when stdin closes.
#include <math.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "foresight_protocol.h"

namespace {

const foresight::Channel kObservations[] = {
    {"cart_position", "m", -2.4f, 2.4f},
    {"cart_velocity", "m/s", NAN, NAN},
    {"pole_angle", "rad", NAN, NAN},
    {"pole_velocity", "rad/s", NAN, NAN},
};
const foresight::Channel kActions[] = {{"force", "1", -1.0f, 1.0f}};
const float kHold[] = {0.0f};
const foresight::Config kConfig = {"foresight-cartpole", "1.0.0", 20000, kObservations, 4, kActions, 1, kHold};

/// Starts 2 s before the µs counter wraps, so that every test crosses the wrap that a lab meets after 71 minutes.
uint32_t nowMicros() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  static const uint64_t start = time.tv_sec * 1000000ull + time.tv_nsec / 1000;
  return static_cast<uint32_t>(time.tv_sec * 1000000ull + time.tv_nsec / 1000 - start) - 2000000u;
}

class SimulatedCartPole : public foresight::Hardware {
 public:
  void step(float seconds) {
    const float force = torque_ ? 10.0f * force_ : 0.0f;
    const float sine = sinf(theta_), cosine = cosf(theta_);
    const float temp = (force + 0.05f * thetaDot_ * thetaDot_ * sine) / 1.1f;
    const float thetaAcc = (9.8f * sine - cosine * temp) / (0.5f * (4.0f / 3.0f - 0.1f * cosine * cosine / 1.1f));
    xDot_ += seconds * (temp - 0.05f * thetaAcc * cosine / 1.1f);
    x_ += seconds * xDot_;
    thetaDot_ += seconds * thetaAcc;
    theta_ += seconds * thetaDot_;
  }

  uint32_t micros() override { return nowMicros(); }
  void write(const uint8_t* bytes, size_t length) override {
    while (length > 0) {
      const ssize_t written = ::write(STDOUT_FILENO, bytes, length);
      if (written <= 0) _exit(0);
      bytes += written;
      length -= written;
    }
  }
  void observe(float* values) override {
    const float state[] = {x_, xDot_, theta_, thetaDot_};
    memcpy(values, state, sizeof state);
  }
  void apply(const float* values) override { force_ = values[0]; }
  void applied(float* values) override { values[0] = torque_ ? force_ : 0.0f; }
  void setTorque(bool on) override { torque_ = on; }
  bool torque() override { return torque_; }
  // Takes 100 ms, as a real cart takes its time.
  bool startReset(uint32_t seed) override {
    x_ = 0.001f * static_cast<float>(seed % 10);
    xDot_ = theta_ = thetaDot_ = 0;
    resetAt_ = nowMicros() + 100000;
    return seed != 13;
  }
  bool resetDone() override { return static_cast<int32_t>(nowMicros() - resetAt_) >= 0; }
  void abortReset() override {}

 private:
  float x_ = 0, xDot_ = 0, theta_ = 0, thetaDot_ = 0, force_ = 0;
  bool torque_ = false;
  uint32_t resetAt_ = 0;
};

}  // namespace

int main() {
  SimulatedCartPole cartPole;
  foresight::Device device(kConfig, cartPole);
  device.begin();
  uint32_t last = nowMicros();
  for (;;) {
    pollfd input = {STDIN_FILENO, POLLIN, 0};
    poll(&input, 1, 1);
    if (input.revents != 0) {
      uint8_t bytes[256];
      const ssize_t length = read(STDIN_FILENO, bytes, sizeof bytes);
      if (length <= 0) return 0;
      device.receive(bytes, static_cast<size_t>(length));
    }
    const uint32_t now = nowMicros();
    cartPole.step(static_cast<float>(now - last) * 1e-6f);
    last = now;
    device.tick();
  }
}
