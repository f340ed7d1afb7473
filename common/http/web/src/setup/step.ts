// What a form of the set-up is at: whether its step is being done, and what was
// said against it.
import { useState } from 'preact/hooks';

export interface Step {
    busy: boolean;
    failed: unknown; // null: nothing
    forget(): void; // what was said
    // Does `work`; what it throws is shown, unless `place` found a field for it.
    take(work: () => Promise<void>, place?: (error: unknown) => boolean): Promise<void>;
}

export function useStep(): Step {
    const [busy, setBusy] = useState(false);
    const [failed, setFailed] = useState<unknown>(null);

    return {
        busy,
        failed,
        forget: () => setFailed(null),
        take: async (work, place) => {
            setBusy(true);
            setFailed(null);
            try {
                await work();
            } catch (error) {
                if (!place?.(error))
                    setFailed(error);
            }
            setBusy(false);
        },
    };
}
