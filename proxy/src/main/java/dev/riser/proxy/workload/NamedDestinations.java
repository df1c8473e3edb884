package dev.riser.proxy.workload;

import dev.riser.proxy.dns.Resolver;
import dev.riser.proxy.flow.Destinations;
import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.IntUnaryOperator;

/**
 * Where names lead for a program that leaves resolving to its proxy: those of the mesh to the mesh's addresses, all
 * others where the machine's own resolver says.
 */
final class NamedDestinations implements Destinations {
    private final Resolver resolver;
    private final Executor blocking;
    private final IntUnaryOperator chance;

    /** @param chance a number from 0 to below its argument; thread-safe */
    NamedDestinations(Resolver resolver, Executor blocking, IntUnaryOperator chance) {
        this.resolver = resolver;
        this.blocking = blocking;
        this.chance = chance;
    }

    @Override
    public CompletionStage<InetSocketAddress> find(String host, int port) {
        if (NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host)) {
            return CompletableFuture.completedFuture(new InetSocketAddress(InetAddress.ofLiteral(host), port));
        }
        return resolver.addresses(host)
                .thenCompose(known -> known.map(List::copyOf)
                        .map(addresses -> CompletableFuture.completedFuture(one(addresses)))
                        .orElseGet(() -> elsewhere(host)))
                .thenApply(address -> new InetSocketAddress(address, port));
    }

    /** IPv4 where there is a choice, and any of several, as a client does with an answer of DNS. */
    private InetAddress one(List<InetAddress> addresses) {
        List<InetAddress> four =
                addresses.stream().filter(Inet4Address.class::isInstance).toList();
        List<InetAddress> choice = four.isEmpty() ? addresses : four;
        return choice.get(chance.applyAsInt(choice.size()));
    }

    private CompletableFuture<InetAddress> elsewhere(String host) {
        if (resolver.ofTheMesh(host)) {
            return CompletableFuture.failedFuture(new UnknownHostException("the mesh knows no host " + host));
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return InetAddress.getByName(host);
                    } catch (UnknownHostException unknown) {
                        throw new CompletionException(
                                new UnknownHostException("neither the mesh nor the machine knows a host " + host));
                    }
                },
                blocking);
    }
}
