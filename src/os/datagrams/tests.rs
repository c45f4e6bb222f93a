//! Datagrams over loopback.

use std::net::Ipv4Addr;

use super::*;

async fn pair() -> (BatchSocket, BatchSocket) {
    let one = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let other = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    one.connect(other.local_addr().unwrap()).await.unwrap();
    other.connect(one.local_addr().unwrap()).await.unwrap();
    (BatchSocket::new(one), BatchSocket::new(other))
}

/// Receives so many datagrams.
async fn receive(socket: &BatchSocket, count: usize) -> Vec<Vec<u8>> {
    let (mut found, mut received) = (Vec::new(), ReceivedDatagrams::new());
    while found.len() < count {
        socket.readable().await.unwrap();
        if socket.try_receive(&mut received).is_ok() {
            while let Some((_sender, datagram)) = received.take_next() {
                found.push(datagram.to_vec());
            }
        }
    }
    found
}

fn datagrams(lengths: &[usize]) -> Vec<Vec<u8>> {
    lengths.iter().enumerate().map(|(number, length)| vec![number as u8; *length]).collect()
}

#[tokio::test]
async fn datagrams_keep_their_borders_and_their_order() {
    let (one, other) = pair().await;
    let sent = datagrams(&[1_200, 1_200, 1_200, 7, 1_200, 1_300, 0, 0, 5, 30_000, 30_000, 30_000]);
    let mut outgoing = OutgoingDatagrams::default();
    for datagram in &sent {
        let (head, tail) = datagram.split_at(datagram.len() / 2);
        while !outgoing.add(&[head, tail]) {
            one.send(&mut outgoing, None).await.unwrap();
        }
    }
    one.send(&mut outgoing, None).await.unwrap();
    assert_eq!(receive(&other, sent.len()).await, sent);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn many_of_equal_size_pass_as_one() {
    let (one, other) = pair().await;
    let sent = datagrams(&[900; 64]);
    let mut outgoing = OutgoingDatagrams::default();
    assert!(sent.iter().all(|datagram| outgoing.add(&[datagram])));
    assert!(!outgoing.add(&[&sent[0]]), "the system takes 64 at once");
    one.send(&mut outgoing, None).await.unwrap();
    let mut received = ReceivedDatagrams::new();
    other.readable().await.unwrap();
    other.try_receive(&mut received).unwrap();
    assert_eq!(received.messages.len(), 1);
    for datagram in &sent {
        assert_eq!(received.take_next().unwrap().1, datagram);
    }
    assert!(received.is_empty());
}

#[test]
fn only_the_last_may_be_shorter() {
    let mut outgoing = OutgoingDatagrams::default();
    assert!(outgoing.add(&[&[0; 100]]) && outgoing.add(&[&[0; 60], &[0; 40]]) && outgoing.add(&[&[0; 99]]));
    assert!(!outgoing.add(&[&[0; 99]]) && !outgoing.add(&[&[0; 100]]));
    outgoing.clear();
    assert!(outgoing.add(&[&[0; 10]]) && !outgoing.add(&[&[0; 11]]) && !outgoing.add(&[]));
    outgoing.clear();
    assert!(outgoing.add(&[]) && !outgoing.add(&[&[0; 1]]) && !outgoing.add(&[]));
}
