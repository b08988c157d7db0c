// This rig's pins and numbers. Measure yours and write them here; nothing else needs to change.
#pragma once

#include <foresight_board.h>

// H-bridge: forward, backward, enable; duty (0 to 1) that gives 10 N, and what the motor needs to begin to move.
constexpr foresight::Motor::Wiring kMotor = {25, 26, 27, 0.8f, 0.04f};

// Quadrature encoders, two pins each.
constexpr int kPinCartA = 32;
constexpr int kPinCartB = 33;
constexpr int kPinPoleA = 34;
constexpr int kPinPoleB = 35;

// Switches to ground, closed when the cart is at an end, and a latching stop button (open when pressed).
constexpr int kPinEndLeft = 18;
constexpr int kPinEndRight = 19;
constexpr int kPinStop = 21;

// GT2 belt on a 20-tooth pulley: 40 mm a turn. Counts are edges of both channels: four a line.
constexpr float kMetresPerCount = 0.040f / (4 * 600);
constexpr float kRadiansPerCount = 2 * foresight::kPi / (4 * 600);

// Half the length of track that the cart may use.
constexpr float kTrackMetres = 2.4f;
