# FixMyStreet's side of an Open311 server: its categories, reports and updates, and by which rules it
# takes over what the server answers. Written from ../shared/reference; none of its code is here.
package FixMyStreet;

use v5.36;
use Open311Client;

# The extension's lower case in FixMyStreet's states. Without extended statuses a closed one is a fixed
# one, whatever the reason (PR #2167).
my %STATE = (
    open => 'confirmed', reopen => 'confirmed', fixed => 'fixed', closed => 'closed',
    in_progress => 'in progress', planned => 'planned', action_scheduled => 'action scheduled',
    investigating => 'investigating', duplicate => 'duplicate',
    not_councils_responsibility => 'not responsible', no_further_action => 'unable to fix',
    internal_referral => 'internal referral', cancelled => 'cancelled', for_triage => 'for triage',
);
# FixMyStreet asks for the last two hours, each time anew.
my $WINDOW = 2 * 3600;

# client: Open311Client. What is kept: contacts by service_code, problems by external id.
sub new ($class, $client) {
    return bless { client => $client, contacts => {}, problems => {} }, $class;
}

# Takes the service list over. A category that is not in the list is deleted: a list that is short for
# a moment destroys what editors have written. Yields what could not be taken.
sub populate_service_list ($self) {
    my $list = $self->{client}->get_service_list or return ['no list: ' . $self->{client}->error];
    my (@refused, %found);
    for my $service (@{ Open311Client::list($list->{service}) }) {
        my ($code, $name) = @$service{qw(service_code service_name)};
        if (ref $code || ref $name || !defined $code || !defined $name) {
            push @refused, 'a service without code or name';
            next;
        }
        my $questions = [];
        if (($service->{metadata} // '') eq 'true') {
            my $definition = $self->{client}->get_service_meta_info($code);
            push @refused, "$code has no definition" unless $definition;
            my $attributes = Open311Client::list($definition && $definition->{attributes}{attribute});
            push @refused, "$code: an attribute without a code" if grep { !defined $_->{code} || ref $_->{code} } @$attributes;
            $questions = [sort { $a->{order} <=> $b->{order} } @$attributes];
        }
        $found{$code} = { service_code => $code, category => $name, questions => $questions };
    }
    $self->{contacts} = \%found;
    return \@refused;
}

sub send_report ($self, $problem) {
    my $id = $self->{client}->send_service_request($problem) or return;
    $self->{problems}{$id} = { %$problem, external_id => $id, state => 'confirmed', lastupdate => 0, comments => {} };
    return $id;
}

# A user comments; what the server calls it is kept, so that it is known when it comes back.
sub send_update ($self, $id, $comment) {
    my $problem = $self->{problems}{$id};
    my $external = $self->{client}->post_service_request_update({ external_problem => $id, %$comment }) or return;
    $problem->{comments}{$external} = $comment;
    if ($comment->{confirmed} >= $problem->{lastupdate}) {
        @$problem{qw(state lastupdate)} = @$comment{qw(state confirmed)};
    }
    return $external;
}

# Fetches updates: those of the last two hours, or of a range in W3C date-times. Yields a count of
# what became of each.
sub fetch_updates ($self, @range) {
    my $now = time;
    @range = (Open311Client::utc($now - $WINDOW), Open311Client::utc($now)) unless @range;
    my $updates = $self->{client}->get_service_request_updates(@range);
    return { failed => 1 } unless $updates;
    my %became = (applied => 0, duplicate => 0, unknown => 0, out_of_range => 0, broken => 0);
    $became{ $self->take_update($_, @range) }++ for @$updates;
    return \%became;
}

sub take_update ($self, $update, $start, $end) {
    for my $required (qw(update_id service_request_id status)) {
        return 'broken' if !defined $update->{$required} || ref $update->{$required};
    }
    my $instant = Open311Client::instant($update->{updated_datetime}) // return 'broken';
    # Compared as text, in UTC: why the server's dates must have exactly this form.
    my $updated = Open311Client::utc($instant);
    return 'out_of_range' if $updated lt $start || $updated gt $end;
    my $problem = $self->{problems}{ $update->{service_request_id} } or return 'unknown';
    return 'duplicate' if $problem->{comments}{ $update->{update_id} };
    my $state = $STATE{ $update->{status} } // return 'broken';
    $state = 'fixed' if $state eq 'closed' && !$self->{client}{extended_statuses};
    my ($text, $media) = map { ref $_ eq 'HASH' && !%$_ ? undef : $_ } @$update{qw(description media_url)};
    # Several are a list, in open311-adapter's XML inside of one more element.
    $media = $media->{media_url} if ref $media eq 'HASH';
    $problem->{comments}{ $update->{update_id} } = { text => $text, photos => Open311Client::list($media), state => $state };
    if ($instant >= $problem->{lastupdate}) {
        @$problem{qw(state lastupdate)} = ($state, $instant);
    }
    return 'applied';
}

# Fetches reports that others made. Yields those that it would show, and how many it dropped.
sub fetch_reports ($self, %query) {
    my $rows = $self->{client}->get_service_requests(%query) or return;
    my @shown = grep {
        my $row = $_;
        my @there = grep { defined $row->{$_} && !ref $row->{$_} } qw(service_request_id service_code status lat long);
        @there == 5 && defined Open311Client::instant($row->{requested_datetime})
            && defined Open311Client::instant($row->{updated_datetime})
    } @$rows;
    return (\@shown, @$rows - @shown);
}

1;
