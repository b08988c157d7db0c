import { describe, expect, it } from 'vitest';
import { simulatedA1 } from '../rig/drivers/rosbridge/bench';
import { lacksModules, python } from './python';

/** What a program on another computer does with a robot behind rosbridge. */
const CLIENT = `
import json, sys, threading, roslibpy
host, port = sys.argv[1].split(":")
ros = roslibpy.Ros(host, int(port))
ros.run(timeout=30)
out = {}
topics = roslibpy.Service(ros, "/rosapi/topics", "rosapi/Topics").call(roslibpy.ServiceRequest(), timeout=30)
out["topics"] = dict(zip(topics["topics"], topics["types"]))
trigger = lambda name: dict(roslibpy.Service(ros, name, "std_srvs/Trigger").call(roslibpy.ServiceRequest(), timeout=30))
def wait(topic, type, good):
    heard, found = threading.Event(), {}
    def listen(message):
        if good(message) and not heard.is_set(): found.update(message); heard.set()
    one = roslibpy.Topic(ros, topic, type)
    one.subscribe(listen)
    assert heard.wait(60), topic
    one.unsubscribe()
    return found
angle = lambda m, joint: m["position"][m["name"].index(joint)]
out["resume"] = trigger("/robot/resume")
standing = wait("/joint_states", "sensor_msgs/JointState", lambda m: True)
out["joints"] = standing["name"]
out["stance"] = round(angle(standing, "FR_lower_joint"), 1)
command = roslibpy.Topic(ros, "/joint_group_position_controller/commands", "std_msgs/Float64MultiArray")
pose = [0, 0.9, -1.8] * 4
pose[2] = -1.4
stop = threading.Event()
def publish():
    while not stop.wait(0.05): command.publish(roslibpy.Message({"data": pose}))
thread = threading.Thread(target=publish)
thread.start()
wait("/joint_states", "sensor_msgs/JointState", lambda m: angle(m, "FR_lower_joint") > -1.6)
stop.set(); thread.join()
imu = wait("/imu/data", "sensor_msgs/Imu", lambda m: True)
out["norm"] = round(sum(imu["orientation"][a] ** 2 for a in "xyzw"), 6)
out["hold"] = trigger("/robot/hold")
out["state"] = wait("/robot/state", "std_msgs/String", lambda m: m["data"] != "moving")["data"]
try: trigger("/robot/dance")
except Exception as e: out["nobody"] = str(e)
ros.terminate()
print(json.dumps(out))
`;

describe.skipIf(await lacksModules('roslibpy'))('roslibpy', () => {
  it('finds the topics of the simulated A1, moves a leg, and brings it to hold', async () => {
    const { server } = await simulatedA1();
    const told = (await python(CLIENT, server.url.replace('ws://', ''))) as Record<string, unknown>;
    expect(told).toMatchObject({
      topics: {
        '/joint_states': 'sensor_msgs/JointState',
        '/imu/data': 'sensor_msgs/Imu',
        '/odom': 'nav_msgs/Odometry',
        '/robot/state': 'std_msgs/String',
        '/joint_group_position_controller/commands': 'std_msgs/Float64MultiArray',
      },
      resume: { success: true },
      joints: expect.arrayContaining(['FR_hip_joint', 'RL_lower_joint']) as string[],
      stance: -1.8,
      norm: 1,
      hold: { success: true },
      state: 'held',
      nobody: expect.stringContaining('does not exist') as string,
    });
  });
});
