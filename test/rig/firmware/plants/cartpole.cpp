// Gym's cart-pole, with friction, behind the motor and the encoders. A person holds the pole upright, as at a reset.
#include "bench.h"
#include "config.h"

namespace {
float x = 0, xDot = 0, theta = 0, thetaDot = 0;
}

void stepPlant(float seconds) {
  const float force = 10.0f / (kMotor.fullDuty - kMotor.frictionDuty) *
                       driveOf(kMotor.forward, kMotor.backward, kMotor.enable, kMotor.frictionDuty);
  const float sine = sinf(theta), cosine = cosf(theta);
  const float temp = (force + 0.05f * thetaDot * thetaDot * sine) / 1.1f;
  const float thetaAcc = (9.8f * sine - cosine * temp) / (0.5f * (4.0f / 3.0f - 0.1f * cosine * cosine / 1.1f));
  xDot += seconds * (temp - 0.05f * thetaAcc * cosine / 1.1f - 8.0f * xDot);
  x += seconds * xDot;
  thetaDot += seconds * thetaAcc;
  // Held by hand until something drives it.
  if (force == 0.0f) xDot = theta = thetaDot = 0.0f;
  theta += seconds * thetaDot;
  setPin(kPinEndLeft, x < -kTrackMetres ? LOW : HIGH);
  setPin(kPinEndRight, x > kTrackMetres ? LOW : HIGH);
  turnEncoder(kPinCartA, kPinCartB, lroundf(x / kMetresPerCount));
  turnEncoder(kPinPoleA, kPinPoleB, lroundf((theta - foresight::kPi) / kRadiansPerCount));
}
