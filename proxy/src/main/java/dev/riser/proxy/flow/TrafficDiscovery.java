package dev.riser.proxy.flow;

import io.netty.channel.EventLoop;
import java.util.function.Consumer;

/** What traffic needs of discovery. Callable on event loops; must not block. */
public interface TrafficDiscovery {
    /** Asks what {@code listenerName} is and says it once, on {@code loop}, at the latest after a bounded wait. */
    void discover(String listenerName, EventLoop loop, Consumer<Discovered> found);

    /** {@code listenerName} was used now, so that it is not dropped as idle. */
    void used(String listenerName);
}
