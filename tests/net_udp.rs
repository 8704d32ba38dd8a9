//! UDP sockets over loopback, with ephemeral ports (chapter io, sections 2 to 4).

use coap2::abi::*;
use coap2::base::address::Peer;
use coap2::net::socket::{bind_udp, close, connect_udp, receive, send, send_to, Batch, Opened};

/// A descriptor that is closed in the end.
struct Fd(i32);

impl Drop for Fd {
    fn drop(&mut self) {
        close(self.0);
    }
}

fn connect(local: Option<&coap_address_t>, server: &coap_address_t, port: u16) -> std::io::Result<Opened> {
    connect_udp(local, server, port)
}

const V4_HOME: Peer = Peer::V4([127, 0, 0, 1], 0);
const V6_HOME: Peer = Peer::V6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0, 0);
const V6_ANY: Peer = Peer::V6([0; 16], 0, 0);

fn address(peer: Peer) -> coap_address_t {
    coap_address_t::from_peer(peer)
}

fn endpoint(peer: Peer) -> (Fd, coap_address_t) {
    let (fd, bound) = bind_udp(&address(peer)).unwrap();
    assert_ne!(bound.port(), 0);
    (Fd(fd), bound)
}

fn client_of(server: Peer, port: u16) -> Opened {
    connect(None, &address(server), port).unwrap()
}

fn packet(local: coap_address_t) -> coap_packet_t {
    coap_packet_t {
        addr_info: coap_addr_tuple_t { remote: coap_address_t::new(), local },
        ifindex: 99,
        length: 77,
        payload: [0; COAP_RXBUFFER_SIZE],
    }
}

fn wait(fd: i32) {
    let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one descriptor.
    assert_eq!(unsafe { libc::poll(&mut poll, 1, 5000) }, 1, "nothing has arrived");
}

fn received(fd: i32, connected: bool, packet: &mut coap_packet_t) -> usize {
    wait(fd);
    receive(fd, connected, packet).unwrap()
}

/// A request and its answer between a client and an endpoint.
fn there_and_back(listen: Peer, server: Peer, seen: &str) {
    let (endpoint, bound) = endpoint(listen);
    let client = client_of(server, bound.port());
    assert_eq!(client.flags, 0x15);
    assert_eq!(send(client.socket.fd(), b"request").unwrap(), 7);

    let mut request = packet(bound);
    assert_eq!(received(endpoint.0, false, &mut request), 7);
    assert_eq!((request.length, &request.payload[..7]), (7, &b"request"[..]));
    assert!(request.ifindex > 0);
    assert_eq!(request.addr_info.local.to_string(), format!("{seen}:{}", bound.port()));
    assert_eq!(request.addr_info.remote.to_string(), format!("{seen}:{}", client.local.port()));
    assert_eq!(request.addr_info.local.size, bound.size);

    let coap_addr_tuple_t { remote, local } = request.addr_info;
    assert_eq!(send_to(endpoint.0, b"answer!", &remote, &local, request.ifindex).unwrap(), 7);
    let mut answer = packet(client.local);
    assert_eq!(received(client.socket.fd(), true, &mut answer), 7);
    assert_eq!((answer.length, answer.ifindex), (7, 99));
    assert_eq!(answer.addr_info.remote.addr, [0; 7], "untouched on a connected socket");
}

#[test]
fn ipv4() {
    there_and_back(Peer::V4([0; 4], 0), V4_HOME, "127.0.0.1");
    there_and_back(V4_HOME, V4_HOME, "127.0.0.1");
}

#[test]
fn ipv6() {
    there_and_back(V6_ANY, V6_HOME, "[::1]");
}

#[test]
fn dual_stack() {
    there_and_back(V6_ANY, V4_HOME, "[::ffff:127.0.0.1]");
}

#[test]
fn answers_come_from_where_the_request_went_to() {
    // The client is connected, so an answer from 127.0.0.1, the kernel's choice, would never arrive.
    for listen in [Peer::V4([0; 4], 0), V6_ANY] {
        let (endpoint, bound) = endpoint(listen);
        let client = client_of(Peer::V4([127, 0, 0, 77], 0), bound.port());
        send(client.socket.fd(), b"request").unwrap();
        let mut request = packet(bound);
        received(endpoint.0, false, &mut request);
        let coap_addr_tuple_t { remote, local } = request.addr_info;
        send_to(endpoint.0, b"answer", &remote, &local, request.ifindex).unwrap();
        assert_eq!(received(client.socket.fd(), true, &mut packet(client.local)), 6);
        // With a source of another family the kernel chooses.
        assert_eq!(send_to(endpoint.0, b"x", &remote, &coap_address_t::new(), 0).unwrap(), 1);
    }
}

#[test]
fn truncated_and_empty() {
    let (endpoint, bound) = endpoint(V4_HOME);
    let client = client_of(V4_HOME, bound.port());
    let to_endpoint = |data: &[u8]| assert_eq!(send(client.socket.fd(), data).unwrap(), data.len());
    to_endpoint(&[1; COAP_RXBUFFER_SIZE]);
    to_endpoint(&[1; COAP_RXBUFFER_SIZE + 1]);
    to_endpoint(&[]);
    let mut one = packet(bound);
    assert_eq!(received(endpoint.0, false, &mut one), 1472);
    assert_eq!(received(endpoint.0, false, &mut one), 1473, "I18, X9");
    assert_eq!(received(endpoint.0, false, &mut one), 0);
    assert_eq!(one.length, 0);
    assert_eq!(one.addr_info.remote.port(), client.local.port());

    send_to(endpoint.0, &[], &client.local, &bound, 0).unwrap();
    let mut untouched = packet(client.local);
    assert_eq!(received(client.socket.fd(), true, &mut untouched), 0);
}

#[test]
fn nothing_there_and_nobody_there() {
    let (endpoint, bound) = endpoint(V4_HOME);
    let client = client_of(V4_HOME, bound.port());
    let nothing = receive(endpoint.0, false, &mut packet(bound)).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock, "I19");
    drop(endpoint);
    send(client.socket.fd(), b"anybody?").unwrap();
    wait(client.socket.fd());
    let nobody = receive(client.socket.fd(), true, &mut packet(client.local)).unwrap_err();
    assert_eq!(nobody.raw_os_error(), Some(libc::ECONNREFUSED));
}

#[test]
fn without_packet_information() {
    let group = connect(None, &address(Peer::V4([224, 0, 1, 187], 0)), 5683).unwrap();
    assert_eq!(group.flags, 0x1011);
    assert_eq!(group.remote.to_string(), "224.0.1.187:5683");
    assert!(group.local.is_any() && group.local.port() != 0);
    let other = client_of(V4_HOME, group.local.port());
    send(other.socket.fd(), b"answer").unwrap();
    let mut answer = packet(group.local);
    received(group.socket.fd(), false, &mut answer);
    assert_eq!(answer.ifindex, 0, "I11");
    assert_eq!(answer.addr_info.remote.to_string(), other.local.to_string());
    assert_eq!(answer.addr_info.local.to_string(), group.local.to_string());
}

#[test]
fn client_addresses() {
    let any = coap_address_t::new();
    let client = connect(Some(&any), &address(V4_HOME), 5684).unwrap();
    assert_eq!(client.flags, 0x17, "a local address of family 0 counts as bound");
    assert_eq!(client.remote.to_string(), "127.0.0.1:5684");
    assert_ne!(client.local.port(), 0);
    let source = coap_address_t { size: 28, ..address(Peer::V4([127, 0, 0, 9], 0)) };
    let client = connect(Some(&source), &address(Peer::V4([127, 0, 0, 1], 7)), 5683).unwrap();
    assert!(client.local.to_string().starts_with("127.0.0.9:"));
    assert_eq!(client.remote.to_string(), "127.0.0.1:7");
    assert_eq!(client.local.size, 16);
    assert!(connect(Some(&address(Peer::V4([192, 0, 2, 1], 0))), &address(V4_HOME), 1).is_err(), "not ours");
}

#[test]
fn other_families_and_closing() {
    let mut unix = coap_address_t::new();
    assert!(bind_udp(&unix).is_err() && connect(None, &unix, 5683).is_err());
    unix.addr[0] = u32::from_ne_bytes([libc::AF_UNIX as u8, 0, 0, 0]);
    assert!(bind_udp(&unix).is_err() && connect(None, &unix, 5683).is_err());
    let oversized = coap_address_t { size: u32::MAX, ..address(V6_HOME) };
    assert!(bind_udp(&oversized).is_err(), "S10");

    let (fd, _) = endpoint(V4_HOME);
    // SAFETY: no memory is involved.
    let flags = |command| unsafe { libc::fcntl(fd.0, command) };
    assert_eq!(flags(libc::F_GETFD), libc::FD_CLOEXEC, "I27");
    assert_ne!(flags(libc::F_GETFL) & libc::O_NONBLOCK, 0);
    close(-1);
}

#[test]
fn batches() {
    let mut batch = Batch::new().unwrap();
    for (listen, server, seen) in [(V4_HOME, V4_HOME, "127.0.0.1"), (V6_ANY, V4_HOME, "[::ffff:127.0.0.1]")] {
        let (endpoint, bound) = endpoint(listen);
        let raw = endpoint.0;
        let many = batch.capacity();
        assert_eq!(batch.receive(raw, &bound).unwrap(), 0, "I19");
        let clients = [client_of(server, bound.port()), client_of(server, bound.port())];
        let mut sent = Vec::new();
        for index in 0..many + 3 {
            let data = vec![index as u8; [0, 1, 1472, 1500][index % 4]];
            send(clients[index % 2].socket.fd(), &data).unwrap();
            sent.push(data);
        }
        let mut start = 0;
        for expected in [many, 3] {
            wait(endpoint.0);
            assert_eq!(batch.receive(raw, &bound).unwrap(), expected);
            for index in 0..expected {
                let datagram = batch.next().unwrap();
                let data = &sent[start + index];
                assert_eq!(datagram.bytes, &data[..data.len().min(1472)]);
                assert_eq!(datagram.truncated, data.len() > 1472, "I18, X9");
                let client = &clients[(start + index) % 2];
                assert_eq!(datagram.remote.to_string(), format!("{seen}:{}", client.local.port()));
                assert_eq!(datagram.local.to_string(), format!("{seen}:{}", bound.port()));
                assert_eq!(datagram.remote.size, bound.size);
                assert!(datagram.ifindex > 0);
            }
            assert!(batch.is_empty() && batch.next().is_none());
            start += expected;
        }
    }
}

#[test]
fn without_packet_info() {
    // The socket of a client of a group does not ask for it: its own address, and interface 0 (io §4.4, I11).
    let client = connect(None, &address(Peer::V4([224, 0, 1, 187], 0)), 5683).unwrap();
    let (sender, _) = endpoint(V4_HOME);
    let to = address(Peer::V4([127, 0, 0, 1], client.local.port()));
    assert_eq!(send_to(sender.0, b"x", &to, &address(V4_HOME), 0).unwrap(), 1);
    let mut packet = packet(address(Peer::V4([9; 4], 9)));
    assert_eq!(received(client.socket.fd(), false, &mut packet), 1);
    assert_eq!(packet.addr_info.local.to_string(), format!("0.0.0.0:{}", client.local.port()));
    assert_eq!(packet.ifindex, 0);
}

#[test]
fn empty_datagrams() {
    let (endpoint, bound) = endpoint(V4_HOME);
    let client = client_of(V4_HOME, bound.port());
    assert_eq!(send(client.socket.fd(), b"").unwrap(), 0);
    let mut request = packet(bound);
    assert_eq!(received(endpoint.0, false, &mut request), 0);
    assert_eq!(request.length, 0);
    let coap_addr_tuple_t { remote, local } = request.addr_info;
    assert_eq!(remote.port(), client.local.port());
    assert_eq!(send_to(endpoint.0, b"", &remote, &local, 0).unwrap(), 0);
    let mut answer = packet(client.local);
    assert_eq!(received(client.socket.fd(), true, &mut answer), 0);
    assert_eq!(answer.length, 77, "untouched on a connected socket (io §4.4)");
}

#[test]
fn groups() {
    use coap2::net::multicast::{join, Interface};
    let (v4, v4_bound) = endpoint(Peer::V4([0; 4], 0));
    let (v6, v6_bound) = endpoint(V6_ANY);
    let group = Peer::V4([224, 0, 1, 187], 0);
    // The second join of the same group on the same interface tells that the first one chose the interface asked for.
    let home = coap_address_t::from_peer(V4_HOME);
    for fd in [v4.0, v6.0] {
        join(fd, group, Interface::Named(c"lo")).unwrap();
        let again = join(fd, group, Interface::Of(&home)).unwrap_err();
        assert_eq!(again.raw_os_error(), Some(libc::EADDRINUSE));
    }
    let all_nodes = Peer::V6([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfd], 0, 0);
    join(v6.0, all_nodes, Interface::Named(c"lo")).unwrap();
    assert!(join(v4.0, all_nodes, Interface::Of(&v4_bound)).is_err(), "wrong family");
    assert!(join(v6.0, V4_HOME, Interface::Of(&v6_bound)).is_err(), "not multicast");
}
