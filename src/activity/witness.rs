//! A fixed sample of customers whose raw events are kept, so that the leakage proof can change the future of
//! raw events, and not only of rows that have already been made of them.

use crate::intake::Events;

/// Most customers kept.
const MAX_CUSTOMERS: usize = 200;
/// Customers with more events than this are passed over: a robot's log would outweigh all others.
const MAX_EVENTS: usize = 5_000;

/// The events of up to 200 customers, chosen by the hash of their id: the same customers whatever the order
/// of the log, and whoever else is in it.
#[must_use]
pub fn sample(events: &Events) -> Events {
    let mut n_events = vec![0_usize; events.customers.len()];
    for &customer in &events.customer {
        n_events[customer as usize] += 1;
    }
    let mut chosen: Vec<(blake3::Hash, usize)> = events
        .customers
        .iter()
        .enumerate()
        .filter(|&(c, _)| n_events[c] <= MAX_EVENTS)
        .map(|(c, id)| (blake3::hash(id.as_bytes()), c))
        .collect();
    chosen.sort_unstable_by_key(|(hash, c)| (*hash.as_bytes(), *c));
    chosen.truncate(MAX_CUSTOMERS);
    let mut code = vec![None; events.customers.len()];
    let mut sample = Events {
        names: events.names.clone(),
        ..Events::default()
    };
    for (_, c) in chosen {
        code[c] = u32::try_from(sample.customers.len()).ok();
        sample.customers.push(events.customers[c].clone());
    }
    for row in 0..events.at.len() {
        if let Some(customer) = code[events.customer[row] as usize] {
            copy_row(events, row, customer, &mut sample);
        }
    }
    sample
}

/// Appends row `row` of `from` as an event of `customer`; both logs must have the same names.
pub(crate) fn copy_row(from: &Events, row: usize, customer: u32, into: &mut Events) {
    into.customer.push(customer);
    into.at.push(from.at[row]);
    into.name.push(from.name[row]);
    into.value.extend(from.value.get(row));
    into.seconds.extend(from.seconds.get(row));
    into.fingerprint.extend(from.fingerprint.get(row));
}

#[cfg(test)]
mod tests {
    use super::super::rollup::roll_up;
    use super::super::rollup::tests::{events, rules};
    use super::*;

    #[test]
    fn the_sample_holds_whole_customers_and_does_not_depend_on_row_order() {
        let ids: Vec<String> = (0..500).map(|i| format!("c{i}")).collect();
        let mut rows: Vec<(&str, i64, &str)> = ids
            .iter()
            .enumerate()
            .flat_map(|(i, id)| [(id.as_str(), i as i64 * 977, "edit"), (id, 5, "share")])
            .collect();
        let forward = sample(&events(&rows));
        rows.reverse();
        let backward = sample(&events(&rows));
        assert_eq!(forward.customers.len(), MAX_CUSTOMERS);
        assert_eq!(forward.at.len(), 2 * MAX_CUSTOMERS);
        let rolled = roll_up(&forward, &[], &rules()).unwrap();
        assert_eq!(rolled, roll_up(&backward, &[], &rules()).unwrap());
    }
}
