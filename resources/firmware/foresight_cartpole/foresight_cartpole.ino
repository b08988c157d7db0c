// Foresight's cart-pole on an ESP32 (Arduino core 3): a belt-driven cart with a DC motor, and a pole that swings freely.
// Wiring and flashing: README.md beside this file. Protocol: docs/protocol.md.
#include <Arduino.h>
#include <esp_timer.h>

#include <initializer_list>

#include "config.h"
#include "foresight_protocol.h"

namespace {

const float kNone = NAN;
const foresight::Channel kObservations[] = {
    {"cart_position", "m", -kTrackMetres, kTrackMetres},
    {"cart_velocity", "m/s", kNone, kNone},
    {"pole_angle", "rad", kNone, kNone},
    {"pole_velocity", "rad/s", kNone, kNone},
};
const foresight::Channel kActions[] = {{"force", "1", -1.0f, 1.0f}};
const float kHold[] = {0.0f};
const foresight::Config kConfig = {"foresight-cartpole", "1.0.0", 20000, kObservations, 4, kActions, 1, kHold};

// Velocities are differences over this time, then a first-order low-pass of the same length.
constexpr uint32_t kVelocityMicros = 5000;
constexpr float kHomingForce = 0.25f;
constexpr float kHomedMetres = 0.01f;
constexpr float kUprightRadians = 0.05f;
constexpr uint32_t kUprightMicros = 300000;
// The loop takes well under a millisecond; one that has not come round for this long is stuck.
constexpr uint32_t kStuckMicros = 50000;

volatile int32_t cartCounts = 0;
volatile int32_t poleCounts = 0;
volatile uint32_t lastLoopMicros = 0;

// Change of a quadrature encoder for (previous A, previous B, A, B); 0 for no change and for an impossible one.
const int8_t kQuadrature[16] = {0, -1, 1, 0, 1, 0, 0, -1, -1, 0, 0, 1, 0, 1, -1, 0};

void IRAM_ATTR onCart() {
  static uint8_t state = 0;
  state = (state << 2 | digitalRead(kPinCartA) << 1 | digitalRead(kPinCartB)) & 15;
  cartCounts = cartCounts + kQuadrature[state];
}

void IRAM_ATTR onPole() {
  static uint8_t state = 0;
  state = (state << 2 | digitalRead(kPinPoleA) << 1 | digitalRead(kPinPoleB)) & 15;
  poleCounts = poleCounts + kQuadrature[state];
}

/// Position and velocity from counts.
struct Axis {
  float position = 0;
  float velocity = 0;
  void update(float now, float seconds) {
    velocity += 0.5f * ((now - position) / seconds - velocity);
    position = now;
  }
};

float wrapped(float angle) { return angle - 6.28318531f * floorf((angle + 3.14159265f) / 6.28318531f); }

class CartPole : public foresight::Hardware {
 public:
  void begin() {
    pinMode(kPinEnable, OUTPUT);
    digitalWrite(kPinEnable, LOW);
    ledcAttach(kPinForward, kPwmHertz, kPwmBits);
    ledcAttach(kPinBackward, kPwmHertz, kPwmBits);
    for (int pin : {kPinCartA, kPinCartB, kPinPoleA, kPinPoleB}) pinMode(pin, INPUT);
    for (int pin : {kPinEndLeft, kPinEndRight, kPinStop}) pinMode(pin, INPUT_PULLUP);
    for (int pin : {kPinCartA, kPinCartB}) attachInterrupt(digitalPinToInterrupt(pin), onCart, CHANGE);
    for (int pin : {kPinPoleA, kPinPoleB}) attachInterrupt(digitalPinToInterrupt(pin), onPole, CHANGE);
    lastUpdate_ = ::micros();
  }

  /// Encoders, ends of the track, and the way home. As often as possible.
  void update() {
    const uint32_t now = ::micros();
    if (now - lastUpdate_ >= kVelocityMicros) {
      const float seconds = (now - lastUpdate_) * 1e-6f;
      lastUpdate_ = now;
      cart_.update(cartCounts * kMetresPerCount, seconds);
      // The pole hangs still when the board starts: that is π from upright.
      pole_.update(3.14159265f + poleCounts * kRadiansPerCount, seconds);
    }
    if (homing_) {
      const float distance = -cart_.position;
      drive(fabsf(distance) < kHomedMetres ? 0.0f : copysignf(kHomingForce, distance));
    } else if (isAtEnd(force_)) {
      drive(0.0f);
    }
  }

  uint32_t micros() override { return ::micros(); }
  void write(const uint8_t* bytes, size_t length) override { Serial.write(bytes, length); }

  void observe(float* values) override {
    values[0] = cart_.position;
    values[1] = cart_.velocity;
    values[2] = wrapped(pole_.position);
    values[3] = pole_.velocity;
  }

  void apply(const float* values) override { drive(isAtEnd(values[0]) ? 0.0f : values[0]); }
  void applied(float* values) override { values[0] = torque_ ? force_ : 0.0f; }

  void setTorque(bool on) override {
    torque_ = on;
    if (!on) drive(0.0f);
    digitalWrite(kPinEnable, on ? HIGH : LOW);
  }
  bool torque() override { return digitalRead(kPinEnable) == HIGH; }

  /// Home is the middle of the track with the pole held upright: a person lifts it.
  bool startReset(uint32_t) override {
    homing_ = true;
    uprightSince_ = ::micros();
    return true;
  }

  bool resetDone() override {
    const bool isHome = fabsf(cart_.position) < kHomedMetres && fabsf(wrapped(pole_.position)) < kUprightRadians;
    if (!isHome) uprightSince_ = ::micros();
    if (::micros() - uprightSince_ < kUprightMicros) return false;
    abortReset();
    return true;
  }

  void abortReset() override {
    homing_ = false;
    drive(0.0f);
  }

 private:
  void drive(float force) {
    force_ = force;
    const float magnitude = fabsf(force);
    const float duty = magnitude < 1e-3f ? 0.0f : kFrictionDuty + (kDutyAtFullForce - kFrictionDuty) * magnitude;
    const uint32_t pwm = static_cast<uint32_t>(duty * ((1 << kPwmBits) - 1));
    ledcWrite(kPinForward, force > 0 ? pwm : 0);
    ledcWrite(kPinBackward, force < 0 ? pwm : 0);
  }

  /// Would this force push further into an end of the track?
  bool isAtEnd(float force) {
    return (force < 0 && digitalRead(kPinEndLeft) == LOW) || (force > 0 && digitalRead(kPinEndRight) == LOW);
  }

  Axis cart_;
  Axis pole_;
  uint32_t lastUpdate_ = 0;
  uint32_t uprightSince_ = 0;
  float force_ = 0;
  bool torque_ = false;
  bool homing_ = false;
};

CartPole cartPole;
foresight::Device device(kConfig, cartPole);

/// The watchdog of the watchdog: a loop that is stuck cannot let a command expire, so the motor is cut here.
void cutWhenStuck(void*) {
  if (::micros() - lastLoopMicros > kStuckMicros) digitalWrite(kPinEnable, LOW);
}

}  // namespace

void setup() {
  Serial.setRxBufferSize(1024);
  Serial.begin(921600);
  cartPole.begin();
  lastLoopMicros = ::micros();
  esp_timer_handle_t timer;
  esp_timer_create_args_t options = {};
  options.callback = cutWhenStuck;
  options.name = "cut-when-stuck";
  esp_timer_create(&options, &timer);
  esp_timer_start_periodic(timer, 5000);
  device.begin();
}

void loop() {
  lastLoopMicros = ::micros();
  uint8_t bytes[64];
  const int available = Serial.available();
  if (available > 0) {
    const size_t wanted = available < static_cast<int>(sizeof bytes) ? available : sizeof bytes;
    device.receive(bytes, Serial.readBytes(bytes, wanted));
  }
  cartPole.update();
  if (digitalRead(kPinStop) == HIGH && !device.halted()) device.enterHold();
  device.tick();
}
