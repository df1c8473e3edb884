package dev.riser.proxy.discovery;

import dev.riser.xds.client.DeltaAdsClient;
import java.util.Collection;

/** Passes subscriptions on to the stream. */
record ClientSubscriber(DeltaAdsClient client) implements Subscriber {
    @Override
    public void subscribe(ResourceType type, Collection<String> names) {
        client.subscribe(type.url(), names);
    }

    @Override
    public void unsubscribe(ResourceType type, Collection<String> names) {
        client.unsubscribe(type.url(), names);
    }
}
