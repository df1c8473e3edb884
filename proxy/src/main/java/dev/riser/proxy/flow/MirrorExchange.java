package dev.riser.proxy.flow;

import dev.riser.base.FailureReason;
import dev.riser.proxy.balance.CircuitBreaker;
import dev.riser.proxy.balance.RetryState;
import dev.riser.proxy.http.ClientStream;
import dev.riser.proxy.http.ClientStreamListener;
import dev.riser.proxy.http.HeaderBlock;
import dev.riser.proxy.http.HeaderNames;
import dev.riser.proxy.http.HttpVersion;
import dev.riser.proxy.http.RequestHead;
import dev.riser.proxy.http.ResponseHead;
import dev.riser.proxy.route.ForwardAction;
import dev.riser.proxy.snapshot.CompiledCluster;
import dev.riser.proxy.tls.HandshakeFacts;
import io.netty.buffer.ByteBuf;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A copy of a request whose response is thrown away. Nothing about it reaches the client; it counts against the limits of
 * its own cluster. Confined to the event loop of the original.
 */
final class MirrorExchange implements UpstreamPools.Waiter, ClientStreamListener {
    private final Upstream upstream;
    private final CircuitBreaker breaker;
    private final RequestHead head;
    private final List<ByteBuf> body;
    private boolean done;

    private MirrorExchange(Upstream upstream, CircuitBreaker breaker, RequestHead head, Collection<ByteBuf> original) {
        this.upstream = upstream;
        this.breaker = breaker;
        this.head = head;
        this.body = new ArrayList<>(original.size());
        for (ByteBuf piece : original) {
            body.add(piece.retainedDuplicate());
        }
    }

    /** Sends a copy; the request must be complete and its body kept. */
    static void send(
            WorkloadTraffic traffic,
            DownstreamConnection connection,
            ForwardAction.Mirror mirror,
            RequestHead original,
            Collection<ByteBuf> body) {
        String name = mirror.cluster();
        if (mirror.clusterHeader() != null) {
            AsciiString header = original.headers().first(mirror.clusterHeader());
            name = header == null ? "" : header.toString();
        }
        ClusterRuntime cluster = traffic.clusters().get(name);
        if (cluster == null) {
            return;
        }
        WorkloadLoop loop = connection.loop();
        if (!(cluster.choose(loop.random(), RetryState.none(), connection.destination())
                instanceof ClusterRuntime.Choice.Chosen(Upstream upstream))) {
            return;
        }
        CircuitBreaker breaker = cluster.state().breaker(false);
        if (!breaker.tryAcquire(CircuitBreaker.Resource.REQUESTS)) {
            return;
        }
        upstream.host().requestStarted();
        RequestHead copy = original.copy();
        if (mirror.appendShadowSuffix()) {
            copy.authority(shadow(copy.authority().toString()));
        }
        boolean two = upstream.mutualTls()
                || upstream.cluster().http().version() == CompiledCluster.HttpVersion.HTTP2
                || upstream.cluster().http().version() == CompiledCluster.HttpVersion.AS_DOWNSTREAM
                        && original.version() == HttpVersion.HTTP_2;
        if (upstream.mutualTls()) {
            copy.headers().set(HeaderNames.X_RISER_PEER, traffic.peerHeaderText());
        }
        loop.pools()
                .open(
                        upstream,
                        two ? UpstreamPools.Wire.HTTP2 : UpstreamPools.Wire.HTTP1,
                        connection.reach(),
                        new MirrorExchange(upstream, breaker, copy, body));
    }

    /** {@code host-shadow} or {@code host-shadow:port}, as Envoy marks copies. */
    private static String shadow(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']')
                ? authority.substring(0, colon) + "-shadow" + authority.substring(colon)
                : authority + "-shadow";
    }

    private void finish() {
        if (done) {
            return;
        }
        done = true;
        body.forEach(ByteBuf::release);
        body.clear();
        upstream.host().requestFinished();
        breaker.release(CircuitBreaker.Resource.REQUESTS);
    }

    @Override
    public ClientStreamListener listener() {
        return this;
    }

    @Override
    public void opened(ClientStream opened, HandshakeFacts facts, boolean reused) {
        opened.request(head, body.isEmpty());
        for (int i = 0; i < body.size(); i++) {
            opened.data(body.get(i), i == body.size() - 1);
        }
        body.clear();
    }

    @Override
    public void failed(FailureReason reason, String detail) {
        finish();
    }

    @Override
    public boolean goesElsewhere() {
        return false;
    }

    @Override
    public boolean gone() {
        return done;
    }

    @Override
    public void onResponse(ResponseHead response, boolean end) {
        if (end) {
            finish();
        }
    }

    @Override
    public void onData(ByteBuf data, boolean end) {
        data.release();
        if (end) {
            finish();
        }
    }

    @Override
    public void onTrailers(HeaderBlock trailers) {
        finish();
    }

    @Override
    public void onReset(FailureReason reason, boolean unprocessed, String detail) {
        finish();
    }

    @Override
    public void onWritable() {}
}
