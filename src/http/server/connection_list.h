// The lists that connections are in, without knowing what a connection is.
#pragma once

#include <boost/intrusive/list.hpp>

namespace threadkeep::http {

class Connection;

struct OfAll;
using OfAllHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<OfAll>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
// Of those that wait for their client: the idle ones, or those that have sent a part of a head.
struct OfWaiting;
using OfWaitingHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<OfWaiting>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct ConnectionHooks : OfAllHook, OfWaitingHook {};

using ConnectionList =
    boost::intrusive::list<ConnectionHooks, boost::intrusive::base_hook<OfAllHook>,
                           boost::intrusive::constant_time_size<false>>;
using WaitingList =
    boost::intrusive::list<ConnectionHooks, boost::intrusive::base_hook<OfWaitingHook>,
                           boost::intrusive::constant_time_size<false>>;

}  // namespace threadkeep::http
