package dev.riser.proxy.balance;

/** The outcome of choosing an endpoint: a {@link Host}, or why there is none. Nothing is allocated. */
public sealed interface Pick permits Host, Pick.Refused {
    /** Why there is no endpoint. */
    enum Refused implements Pick {
        /** The cluster has none. */
        NO_ENDPOINT,
        /** The cluster has some, none of them to be used now. */
        NO_HEALTHY_ENDPOINT,
        /** Discovery says that this share of requests is to be refused. */
        DROPPED
    }
}
