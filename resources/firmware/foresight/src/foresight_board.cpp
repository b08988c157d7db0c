#include "foresight_board.h"

#include <esp_timer.h>

namespace foresight {
namespace {

constexpr unsigned long kBaud = 921600;
constexpr int kPwmHertz = 20000;
constexpr int kPwmBits = 10;
constexpr uint32_t kVelocityMicros = 5000;
// The loop takes well under a millisecond; one that has not come round for this long is stuck.
constexpr uint32_t kStuckMicros = 50000;
constexpr uint64_t kStuckCheckMicros = 5000;
constexpr uint8_t kMaxMotors = 16;

// Change of a quadrature encoder for (previous A, previous B, A, B); 0 for no change and for an impossible one.
const int8_t kQuadrature[16] = {0, -1, 1, 0, 1, 0, 0, -1, -1, 0, 0, 1, 0, 1, -1, 0};

volatile uint32_t servedMicros = 0;
int enablePins[kMaxMotors];
uint8_t enableCount = 0;

void cutWhenStuck(void*) {
  if (static_cast<uint32_t>(::micros() - servedMicros) <= kStuckMicros) return;
  for (uint8_t i = 0; i < enableCount; i++) digitalWrite(enablePins[i], LOW);
}

}  // namespace

float wrapped(float angle) { return angle - 2 * kPi * floorf((angle + kPi) / (2 * kPi)); }

float towards(float distance, float slow, float most) {
  const float share = distance / slow;
  return most * (share > 1.0f ? 1.0f : share < -1.0f ? -1.0f : share);
}

void Encoder::begin() {
  for (int pin : {pinA_, pinB_}) {
    pinMode(pin, INPUT);
    attachInterruptArg(digitalPinToInterrupt(pin), onEdge, this, CHANGE);
  }
  state_ = digitalRead(pinA_) << 1 | digitalRead(pinB_);
}

void IRAM_ATTR Encoder::onEdge(void* encoder) {
  Encoder& own = *static_cast<Encoder*>(encoder);
  own.state_ = (own.state_ << 2 | digitalRead(own.pinA_) << 1 | digitalRead(own.pinB_)) & 15;
  own.counts_ = own.counts_ + kQuadrature[own.state_];
  own.state_ = own.state_ & 3;
}

void Axis::begin() {
  position_ = zero_ + encoder_.counts() * perCount_;
  updated_ = ::micros();
}

void Axis::update() {
  const uint32_t now = ::micros();
  if (now - updated_ < kVelocityMicros) return;
  const float seconds = (now - updated_) * 1e-6f;
  const float position = zero_ + encoder_.counts() * perCount_;
  velocity_ += 0.5f * ((position - position_) / seconds - velocity_);
  position_ = position;
  updated_ = now;
}

void Motor::begin() {
  pinMode(wiring_.enable, OUTPUT);
  digitalWrite(wiring_.enable, LOW);
  ledcAttach(wiring_.forward, kPwmHertz, kPwmBits);
  ledcAttach(wiring_.backward, kPwmHertz, kPwmBits);
}

void Motor::enable(bool on) {
  if (!on) drive(0.0f);
  digitalWrite(wiring_.enable, on ? HIGH : LOW);
}

void Motor::drive(float share) {
  share_ = share;
  const float magnitude = fabsf(share);
  const float duty =
      magnitude < 1e-3f ? 0.0f : wiring_.frictionDuty + (wiring_.fullDuty - wiring_.frictionDuty) * magnitude;
  const uint32_t pwm = static_cast<uint32_t>(duty * ((1 << kPwmBits) - 1));
  ledcWrite(wiring_.forward, share > 0 ? pwm : 0);
  ledcWrite(wiring_.backward, share < 0 ? pwm : 0);
}

void start(Device& device, const int* pins, uint8_t count) {
  Serial.setRxBufferSize(1024);
  Serial.begin(kBaud);
  for (enableCount = 0; enableCount < count && enableCount < kMaxMotors; enableCount++) {
    enablePins[enableCount] = pins[enableCount];
  }
  servedMicros = ::micros();
  esp_timer_handle_t timer;
  esp_timer_create_args_t options = {};
  options.callback = cutWhenStuck;
  options.name = "cut-when-stuck";
  esp_timer_create(&options, &timer);
  esp_timer_start_periodic(timer, kStuckCheckMicros);
  device.begin();
}

void serve(Device& device, bool stopPressed) {
  servedMicros = ::micros();
  uint8_t bytes[64];
  const int available = Serial.available();
  if (available > 0) {
    const size_t wanted = available < static_cast<int>(sizeof bytes) ? available : sizeof bytes;
    device.receive(bytes, Serial.readBytes(bytes, wanted));
  }
  if (stopPressed && !device.halted()) device.enterHold();
  device.tick();
}

}  // namespace foresight
