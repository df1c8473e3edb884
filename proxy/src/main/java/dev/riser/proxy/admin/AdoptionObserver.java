package dev.riser.proxy.admin;

/** Told when workloads come and go. Called on any thread; must not block. */
public interface AdoptionObserver {
    /** Hears nothing. */
    AdoptionObserver NONE = new AdoptionObserver() {
        @Override
        public void onReady(WorkloadControl.Adoption adoption) {}

        @Override
        public void onLeaving(String id) {}

        @Override
        public void onEnded(String id) {}
    };

    /** The workload's proxy is ready; whether its program is, is another matter. */
    void onReady(WorkloadControl.Adoption adoption);

    /** The workload, which was ready, is about to be drained. */
    void onLeaving(String id);

    /** The workload's program has ended, and nothing of the workload is open any more. */
    void onEnded(String id);
}
