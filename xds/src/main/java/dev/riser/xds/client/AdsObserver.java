package dev.riser.xds.client;

import java.time.Duration;
import java.util.Map;

/** Is told what happens on a stream. Called on the client's loop. */
public interface AdsObserver {
    /** Looks away. */
    AdsObserver NONE = new AdsObserver() {
        @Override
        public void onConnected() {}

        @Override
        public void onLost(String reason, Duration retryIn) {}

        @Override
        public void onAccepted(String type, int upserts, int removed) {}

        @Override
        public void onRejected(String type, Map<String, String> reasons) {}
    };

    /** The first response of a stream arrived. */
    void onConnected();

    /** The stream ended, or could not be opened. */
    void onLost(String reason, Duration retryIn);

    /** A response was put in force as a whole. */
    void onAccepted(String type, int upserts, int removed);

    /** Resources of a response were refused, name to reason. */
    void onRejected(String type, Map<String, String> reasons);
}
