// What a plant sees of the board that drives it.
#pragma once

/// −1 to 1: what a motor's H-bridge drives it with beyond `friction`, nothing while its enable pin is low.
float driveOf(int forward, int backward, int enable, float friction);

/// An encoder's shaft has come to so many counts: its edges are put onto the pins, one after another.
void turnEncoder(int pinA, int pinB, long counts);

void setPin(int pin, int level);

/// Of the plant that belongs to the sketch: `seconds` pass.
void stepPlant(float seconds);

/// What the harness itself can do, told by a byte on stdin behind an escape: see main.cpp.
void setup();
void loop();
