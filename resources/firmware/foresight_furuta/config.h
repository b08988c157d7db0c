// This rig's pins and numbers. Measure yours and write them here; nothing else needs to change.
#pragma once

#include <foresight_board.h>

// H-bridge: forward, backward, enable; duty (0 to 1) at full drive, and what the motor needs to begin to move.
constexpr foresight::Motor::Wiring kMotor = {25, 26, 27, 0.8f, 0.05f};

// Quadrature encoders, two pins each: of the arm (on the motor's shaft or behind its gear), and of the pendulum at the arm's tip.
constexpr int kPinArmA = 32;
constexpr int kPinArmB = 33;
constexpr int kPinPendulumA = 34;
constexpr int kPinPendulumB = 35;

// A latching stop button (open when pressed).
constexpr int kPinStop = 21;

// Counts are edges of both channels: four a line.
constexpr float kArmRadiansPerCount = 2 * foresight::kPi / (4 * 600);
constexpr float kPendulumRadiansPerCount = 2 * foresight::kPi / (4 * 600);

// How far the arm may turn to either side before it winds up the pendulum's cable. With a slip ring: 1e6.
constexpr float kArmRadians = 2.5f;
