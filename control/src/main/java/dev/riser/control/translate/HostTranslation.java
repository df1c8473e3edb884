package dev.riser.control.translate;

import dev.riser.control.world.IpText;
import dev.riser.control.world.MeshService;
import dev.riser.control.world.ProxyView;
import dev.riser.control.world.ServiceEndpoint;
import dev.riser.xds.dns.Host;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Names and addresses for the proxy's resolver. */
final class HostTranslation {
    private final ProxyView view;

    HostTranslation(ProxyView view) {
        this.view = view;
    }

    Optional<Host> host(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return view.service(lower)
                .or(() -> view.service(view.resolve(lower, view.node().namespace())))
                .flatMap(service -> {
                    List<String> addresses = addresses(service);
                    return addresses.isEmpty()
                            ? Optional.empty()
                            : Optional.of(Host.newBuilder()
                                    .setName(name)
                                    .addAllAddresses(addresses)
                                    .build());
                });
    }

    private static List<String> addresses(MeshService service) {
        if (!service.headless()) {
            return service.addresses();
        }
        return service.endpoints().stream()
                .filter(ServiceEndpoint::ready)
                .map(ServiceEndpoint::address)
                .filter(address -> IpText.parse(address).isPresent())
                .distinct()
                .toList();
    }
}
