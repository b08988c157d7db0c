import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { systemPath } from './system-root';

/** Why a port may not be opened, and the command that mends it on this system. */
export interface PermissionAdvice {
  /** As it stands behind "You may not open …: ". */
  reason: string;
  next: string;
}

/** Whom the advice is for; given in tests. */
export interface PermissionPlace {
  platform?: NodeJS.Platform | undefined;
  root?: string | undefined;
  user?: string | undefined;
  /** Groups of this process. */
  groups?: readonly number[] | undefined;
  /** Owner's group and mode of the port, where they are not those of the file. */
  port?: { gid: number; mode: number } | undefined;
}

/** Distributions, by ID or ID_LIKE of os-release, whose serial ports belong to another group than dialout. */
const UUCP = ['arch', 'manjaro', 'gentoo'];
const READ_WRITE_GROUP = 0o060;

export async function permissionAdvice(
  path: string,
  {
    platform = process.platform,
    root,
    user = userInfo().username,
    groups = process.getgroups?.() ?? [],
    port,
  }: PermissionPlace = {},
): Promise<PermissionAdvice> {
  if (platform === 'darwin') {
    return {
      reason: 'macOS does not let this program use it.',
      next: `Look who may: "ls -l ${path}". Close other programs that use it, install the maker's driver for the adapter, allow it in System Settings › Privacy & Security, and plug it in again.`,
    };
  }
  if (platform !== 'linux') {
    return {
      reason: 'Windows does not let this program use it; most often another program has it open.',
      next: 'Close the other program (a serial monitor, another Foresight); look into the Device Manager under "Ports (COM & LPT)".',
    };
  }
  const owner = port ?? (await stat(path).catch(() => undefined));
  const named = owner && owner.gid !== 0 ? await groupWithId(owner.gid, root) : undefined;
  const group = named?.name ?? (await groupOfDistribution(root));
  if (owner && (owner.gid === 0 || (owner.mode & READ_WRITE_GROUP) !== READ_WRITE_GROUP)) {
    return {
      reason: 'it belongs to root alone.',
      next: `Give it to the group ${group}: ${udevRule(group)} Unplug it and plug it in again${inGroup(groups, named?.gid) ? '' : `; then: sudo usermod -aG ${group} ${user}, log out and in again`}.`,
    };
  }
  if (named?.members.includes(user) && !inGroup(groups, named.gid)) {
    return {
      reason: `it belongs to the group ${group}, which you are in, but not since this session began.`,
      next: 'Log out and in again (closing the window is not enough), or restart the computer.',
    };
  }
  return {
    reason: `it belongs to the group ${group}, in which you are not.`,
    next: `Run: sudo usermod -aG ${group} ${user}. Then log out and in again. Without a new session, for as long as it is plugged in: sudo setfacl -m u:${user}:rw ${path}.`,
  };
}

function udevRule(group: string): string {
  return `echo 'SUBSYSTEM=="tty", SUBSYSTEMS=="usb", GROUP="${group}", MODE="0660"' | sudo tee /etc/udev/rules.d/70-foresight.rules && sudo udevadm control --reload.`;
}

function inGroup(groups: readonly number[], gid: number | undefined): boolean {
  return gid !== undefined && groups.includes(gid);
}

interface Group {
  name: string;
  gid: number;
  members: string[];
}

async function groupWithId(gid: number, root: string | undefined): Promise<Group | undefined> {
  const text = await readFile(systemPath('etc/group', root), 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [name, , id, members = ''] = line.split(':');
    if (name && Number(id) === gid) return { name, gid, members: members.split(',') };
  }
  return undefined;
}

/** "dialout" on Debian, Ubuntu, Fedora, SUSE; "uucp" on Arch and its kin. */
async function groupOfDistribution(root: string | undefined): Promise<string> {
  const text = await readFile(systemPath('etc/os-release', root), 'utf8').catch(() => '');
  const ids = [...text.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, value = '']) =>
    value.split(' '),
  );
  return ids.some((id) => UUCP.includes(id)) ? 'uucp' : 'dialout';
}
