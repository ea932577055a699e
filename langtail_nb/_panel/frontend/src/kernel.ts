/** The life of the kernel behind a panel, as the front end's widget manager tells it. */
interface Manager { kernel?: Kernel | null }
interface Kernel { status?: string; statusChanged?: Signal; disposed?: Signal }
interface Signal { connect(act: Heard): unknown; disconnect(act: Heard): unknown }
type Heard = (sender: unknown, told: unknown) => void;

/** States of a kernel after which it knows no panel. */
const ENDED = new Set(["restarting", "autorestarting", "terminating", "dead"]);

export const hasEnded = (manager: unknown) => ENDED.has(String((manager as Manager | undefined)?.kernel?.status));

/** Have something done when the kernel ends or starts anew; return what ends this. */
export function watchKernel(manager: unknown, ended: () => void) {
  const { statusChanged, disposed } = (manager as Manager | undefined)?.kernel ?? {};
  const change: Heard = (_, status) => { if (ENDED.has(String(status))) ended(); };
  const dispose: Heard = () => ended();
  statusChanged?.connect(change);
  disposed?.connect(dispose);
  return () => {
    statusChanged?.disconnect(change);
    disposed?.disconnect(dispose);
  };
}
